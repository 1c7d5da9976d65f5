import { expect, test } from '@jest/globals';
import { entryFacts, entryWords } from '../../cli/entry-words';
import { Exposure, type PodPeer } from '../../lib';
import { desk } from '../support/desk';

test('an entry in words: a host, or who may connect in the cluster', () => {
  const from: readonly Required<PodPeer>[] = [
    { namespace: 'portal', pods: { app: 'portal', tier: 'web' } },
    { namespace: 'cli', pods: { app: 'cli' } },
  ];
  expect(entryFacts(desk()).map(entryWords)).toEqual([
    'https://support-desk.example.com',
    'https://approvals.example.com',
  ]);
  expect(entryFacts(desk({ host: Exposure.inCluster({ from }) })).map(entryWords)).toEqual([
    'https://gateway.support-desk-test-control.svc:8443, in the cluster alone, by pods app=portal,tier=web of portal and pods app=cli of cli',
    'https://approvals.example.com',
  ]);
});
