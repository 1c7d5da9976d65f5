/** One way to attack an environment. */
export interface Threat {
  readonly id: string;
}
export const THREATS: readonly Threat[] = [];
