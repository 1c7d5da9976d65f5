export { built } from './build';
export { Cluster, type ClusterOptions } from './cluster';
export { type Definitions, definitions } from './definitions';
export type { Answer } from './kubectl';
export { type Arrival, arrivals, forgetArrivals, OUTSIDE } from './outside';
