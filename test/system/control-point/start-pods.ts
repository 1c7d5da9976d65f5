import type { Pod } from '../envoy/pod';
import { get } from '../envoy/run';
import type { ControlPoint } from './control-point';

/**
 * Starts the sidecars of agents, with the identities that a control point expects of them; their ports are reserved.
 * @returns the token of each
 */
export async function startPods(
  point: ControlPoint,
  pods: Readonly<Record<string, Pod>>,
): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {};
  for (const [agent, pod] of Object.entries(pods)) {
    await pod.start();
    const { token, agents } = point.configured ?? {};
    const signed = await point.signed({ sub: agents?.[agent]?.serviceAccount ?? '', aud: token?.audience ?? '' });
    tokens[agent] = signed;
    pod.token(signed);
    pod.identify();
    await pod.until(`${agent} is ready`, async () => (await get(pod.health, '/ready')) === 200);
  }
  return tokens;
}
