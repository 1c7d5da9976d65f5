import type { Proposal } from '../../../services/governor/approve';
import { Authorizer } from '../../../services/governor/authorize/cedar';
import type { Caller } from '../../../services/governor/context';
import type { Freshness, Past } from '../../../services/governor/history';
import { Manifests } from '../../../services/governor/manifest';
import { NotFresh, ToolCalls } from '../../../services/governor/tool-call';
import { config, policies, schema } from './support/requests';

const authorizer = new Authorizer(schema, policies);
const caller: Caller = { door: 'back', agent: 'triage', run: undefined };
const nothing: Past = { events: [], claims: [], used: new Set(), head: '' };
const CLOSE = {
  kind: 'operation',
  tool: 'tickets',
  operation: 'close',
  arguments: { ticket: 'T-1' },
  textual: new Set<string>(),
} as const;
const SEARCH = { ...CLOSE, operation: 'search', arguments: { text: 'a' } } as const;

const world = () => {
  const asked: Proposal[] = [];
  const read: (Freshness | undefined)[] = [];
  const calls = new ToolCalls(
    config,
    {
      clock: () => 1_000_000,
      history: {
        past: async (_agent, _run, fresh) => {
          read.push(fresh);
          return nothing;
        },
      },
      approvals: {
        ask: async (proposal) => {
          asked.push(proposal);
          return undefined;
        },
      },
    },
    authorizer,
    new Manifests(config.tools),
  );
  return { asked, read, calls };
};

test('what is remembered does for an allow', async () => {
  const { calls, read } = world();
  expect(await calls.judge('id', SEARCH, caller, 'remembered')).toMatchObject({ head: '', wide: false });
  expect(read).toEqual(['remembered']);
});

test('it does not for a no, and nobody is asked about a call on a past that may be over', async () => {
  const { calls, asked } = world();
  await expect(calls.judge('id', CLOSE, caller, 'remembered')).rejects.toThrow(NotFresh);
  expect(asked).toEqual([]);
  for (const fresh of ['found', 'new'] as const)
    expect(await calls.judge('id', CLOSE, caller, fresh)).toMatchObject({ denial: { code: 'needs-approval' } });
  expect(asked).toHaveLength(2);
});

test('what no past can change is a no at once', async () => {
  const { calls, read } = world();
  const unknown = { ...CLOSE, operation: 'constructor' } as const;
  await expect(calls.judge('id', unknown, caller, 'remembered')).rejects.toMatchObject({ code: 'not-permitted' });
  const wrong = { ...CLOSE, arguments: { ticket: 'all' } } as const;
  await expect(calls.judge('id', wrong, caller, 'remembered')).rejects.toMatchObject({ code: 'invalid-argument' });
  expect(read).toEqual([]);
});
