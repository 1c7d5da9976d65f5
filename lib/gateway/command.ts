import { BOOTSTRAP_FILE, CONFIG_DIRECTORY } from './sds';

/** Where Envoy's images have it; named, so that an entry point of an image has no say. */
export const ENVOY = ['/usr/local/bin/envoy'];

/** How Envoy is started. Without hot restart it needs no shared memory. */
export const envoyArgs = (props: { readonly workers: number; readonly drainSeconds: number }): string[] => [
  '-c',
  `${CONFIG_DIRECTORY}/${BOOTSTRAP_FILE}`,
  '--concurrency',
  String(props.workers),
  '--log-level',
  'warning',
  '--disable-hot-restart',
  '--drain-time-s',
  String(props.drainSeconds),
];

/** How a sidecar is started: admission holds every agent pod to exactly this. */
export const SIDECAR_ARGS = envoyArgs({ workers: 1, drainSeconds: 5 });
