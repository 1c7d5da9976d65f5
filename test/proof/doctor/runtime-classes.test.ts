import { expect, test } from '@jest/globals';
import { Isolation } from '../../../lib';
import { runtimeClasses } from '../../../proof/doctor/runtime-classes';
import type { Requests } from '../../../proof/requests';
import { changed } from '../../support/desk';

const declaration = changed((d) => {
  d.platform.runtimeClasses = { gvisor: 'sandboxed', kata: 'nobody-asks' };
  d.agents.triage.isolation = Isolation.gvisor();
});

/** A cluster that gives one answer, and what it was asked. */
const cluster = (reply: object) => {
  const asked: string[] = [];
  const get = async (path: string): Promise<object> => {
    asked.push(path);
    return reply;
  };
  return { asked, requests: { api: { get } } as unknown as Requests };
};

test('a RuntimeClass that an agent is declared with is looked for, and no other', async () => {
  const { requests, asked } = cluster({ ok: true, status: 200, body: { handler: 'runsc' } });
  expect(await runtimeClasses({ requests, kinds: [], declaration })).toEqual([
    { id: 'runtime-classes', state: 'proven', found: 'sandboxed runs pods under the handler runsc' },
  ]);
  expect(asked).toEqual(['/apis/node.k8s.io/v1/runtimeclasses/sandboxed']);
});

test('one that is not there has failed, with the fix; one that may not be read is unproven', async () => {
  const of = async (reply: object) =>
    (await runtimeClasses({ requests: cluster(reply).requests, kinds: [], declaration }))[0];
  expect(await of({ ok: false, status: 404, message: 'not found' })).toEqual({
    id: 'runtime-classes',
    state: 'failed',
    found: 'sandboxed is not there: pods that are declared with Isolation.gvisor() are refused',
    fix: 'install gVisor on the nodes and its RuntimeClass, or name yours in platform.runtimeClasses.gvisor',
  });
  expect(await of({ ok: false, status: 403, message: 'forbidden' })).toMatchObject({
    state: 'unproven',
    found: 'sandboxed: forbidden',
  });
});

test('where every agent has a user namespace, or none is named, nothing is asked', async () => {
  const { requests, asked } = cluster({ ok: true, status: 200, body: { handler: 'runc' } });
  expect(await runtimeClasses({ requests, kinds: [], declaration: changed(() => undefined) })).toEqual([]);
  expect(await runtimeClasses({ requests, kinds: [] })).toEqual([]);
  expect(asked).toEqual([]);
});
