/** The services that have an image, each a target of the Containerfile. */
export const SERVICES = ['governor', 'ledger'] as const;
export type Service = (typeof SERVICES)[number];
