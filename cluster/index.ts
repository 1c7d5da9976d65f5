export { Cluster } from './cluster';
export type { Answer } from './kubectl';
