import { expect, test } from '@jest/globals';
import { Duration, OpaqueHost, Private } from '../../../lib';
import { upstreamTools } from '../../../lib/declaration/tool';
import { placedModels } from '../../../lib/model-place';
import { callsOf } from '../../../proof/control-point/calls';
import { neighbour, neighboursOf, tunnelServices, twinOf } from '../../../proof/control-point/twin';
import { copyOf } from '../../../proof/copy';
import { changed, desk, openshiftDesk } from '../../support/desk';
import { team } from '../../support/team';

test.each([
  ['Kubernetes', desk()],
  ['OpenShift', openshiftDesk()],
])(
  'a twin asks nobody but the proof’s own upstream and database, and its agents may do the same: %s',
  (_, declared) => {
    const copy = copyOf(declared, 'desk-proof-abcd');
    const twin = twinOf(copy);
    const namespace = neighboursOf('desk-proof-abcd');
    for (const [, { at }] of [...placedModels(twin), ...upstreamTools(twin.tools)])
      expect(at).toMatchObject({ kind: 'inCluster', namespace, service: 'upstream' });
    expect(twin.state).toMatchObject({ kind: 'postgres', at: { namespace, service: 'database' } });
    const { models, tools, state, users, ...rest } = twin;
    expect(copy).toMatchObject(rest);
    expect(users).toMatchObject({ at: { namespace, service: 'upstream' }, audience: 'support-desk' });
    expect(callsOf(twin).map(({ id, agent }) => [id, agent])).toEqual(
      callsOf(copy).map(({ id, agent }) => [id, agent]),
    );
  },
);

test('what is tunnelled to is a Service of its own, which its client verifies, and holds no more than is tried', () => {
  const two = changed((draft) => {
    const small = { bytes: 64 * 1024, connections: 1, duration: Duration.seconds(3) };
    draft.tools.mirror = OpaqueHost.at(Private.host('mirror.example.com', { cidrs: ['10.1.0.0/24'] }), { caps: small });
    draft.agents.researcher.tools.push('mirror.connect');
  }, team());
  const { packages, mirror } = twinOf(copyOf(two, 'team-proof-abcd')).tools;
  const at = { kind: 'inCluster', namespace: neighboursOf('team-proof-abcd'), port: 8443, pods: neighbour('upstream') };
  expect(packages).toMatchObject({
    kind: 'opaqueHost',
    at: { ...at, service: 'tunnelled-0' },
    caps: { bytes: 256 * 1024, connections: 2, duration: { seconds: 10 } },
  });
  expect(mirror).toMatchObject({
    at: { ...at, service: 'tunnelled-1' },
    caps: { bytes: 64 * 1024, connections: 1, duration: { seconds: 3 } },
  });
  for (const tool of [packages, mirror]) expect(tool).not.toHaveProperty('at.ca');
  expect(tunnelServices(two)).toEqual(['tunnelled-0', 'tunnelled-1']);
  expect(tunnelServices(desk())).toEqual([]);
});
