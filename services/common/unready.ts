import { healthPortOf, healthServer } from './health';

/** Ends a service when it is told to, by SIGTERM or SIGINT. @param failed told when that went wrong */
export function onEnd(end: () => Promise<void> | void, failed: (error: Error) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      Promise.resolve()
        .then(end)
        .catch((error: Error) => {
          failed(error);
          process.exitCode = 1;
        });
    });
}

/**
 * A service whose configuration cannot be used does not end, because starting again mends nothing: it answers probes,
 * is never ready and says why, so that a rollout stops there.
 */
export async function stayUnready(file: string, reason: string, failed: (error: Error) => void): Promise<void> {
  const server = await healthServer(healthPortOf(file), () => reason);
  onEnd(() => void server.close(), failed);
}
