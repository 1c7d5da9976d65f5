/** One way to attack an environment, and everything that stands against it. */
export interface Threat {
  /** Never changes; proofs and documents refer to it. */
  readonly id: string;
  readonly title: string;
  /** What somebody does, in a sentence or two. */
  readonly attack: string;
  /** Where it would show: kinds and paths of objects. `E` is the environment's name. */
  readonly objects: readonly string[];
  /** Rules of the minimum bar that find it in the manifests. */
  readonly rules: readonly string[];
  /** What refuses it on a cluster: an admission policy, Pod Security, RBAC, a network rule. @default - nothing, by itself */
  readonly refusal?: string;
  /** Why Firepit does not stop it; such a threat needs neither rule nor refusal. @default - Firepit stops it */
  readonly outOfScope?: string;
}
