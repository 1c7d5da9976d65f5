import { expect, test } from '@jest/globals';
import { upstreamTools } from '../../../lib/declaration/tool';
import { placedModels } from '../../../lib/model-place';
import { callsOf } from '../../../proof/control-point/calls';
import { neighboursOf, twinOf } from '../../../proof/control-point/twin';
import { copyOf } from '../../../proof/copy';
import { desk, openshiftDesk } from '../../support/desk';

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
