import type { Isolation } from '../../lib/declaration';
import { bad, type Finding, good, type Question, unknown } from './finding';

const PROGRAMS: { readonly [K in Isolation['kind']]?: string } = { gvisor: 'gVisor', kata: 'Kata Containers' };

/**
 * The RuntimeClasses of the isolations that agents and models are declared with: without one the API server refuses
 * every pod that names it. Whether a node has the handler behind it, a pod shows that starts there.
 * @see https://kubernetes.io/docs/concepts/containers/runtime-class/
 */
export const runtimeClasses: Question = async ({ requests, declaration }) => {
  if (declaration === undefined) return [];
  const { agents, models, platform } = declaration;
  const isolations = [...Object.values(agents), ...Object.values(models)].flatMap((each) =>
    'server' in each ? [each.server.isolation.kind] : 'isolation' in each ? [each.isolation.kind] : [],
  );
  const findings: Finding[] = [];
  for (const kind of ['gvisor', 'kata'] as const) {
    const name = platform.runtimeClasses?.[kind];
    if (name === undefined || !isolations.includes(kind)) continue;
    const { ok, status, message, body } = await requests.api.get(`/apis/node.k8s.io/v1/runtimeclasses/${name}`);
    findings.push(
      ok
        ? good('runtime-classes', `${name} runs pods under the handler ${body.handler}`)
        : status === 404
          ? bad(
              'runtime-classes',
              `${name} is not there: pods that are declared with Isolation.${kind}() are refused`,
              `install ${PROGRAMS[kind]} on the nodes and its RuntimeClass, or name yours in platform.runtimeClasses.${kind}`,
            )
          : unknown('runtime-classes', `${name}: ${message}`, 'ask as somebody who may read RuntimeClasses'),
    );
  }
  return findings;
};
