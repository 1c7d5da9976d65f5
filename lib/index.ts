/** The public door of Firepit. */
export { App, type AppProps } from './app';
export * from './declaration';
export { AgentEnvironment } from './environment';
export { DeclarationError, type DeclarationFinding, EXIT_CODES, FirepitError } from './errors';
export { ClusterFoundation } from './foundation/cluster-foundation';
export type { BarReport, Finding, Judged, Manifest, SuppressedFinding } from './minimum-bar';
