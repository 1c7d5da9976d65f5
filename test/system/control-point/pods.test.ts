import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../cluster';
import { until } from '../../../cluster/until';
import { signerOf, verifyLog } from '../../../services/ledger';
import { type BenchEnvironment, bench, onOwnCluster } from '../environment';
import { PodThief, processesOf } from './pod-thief';

/** What came back to the agent from its sidecar. */
interface Came {
  readonly status: number;
  readonly body: string;
}

/** What is looked at of an entry of the log. */
interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly decision?: string;
  readonly what: { readonly operation?: string };
  readonly why: { readonly effect?: string; readonly code: string };
}

/** A key of no account, in the form that detectors know; put together here, so that none finds it in this file. */
const SECRET = ['ghp', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('_');

/** The whole path in pods, with the real governor, ledger, Envoy, database and keys of the API server. */
const suite = (cluster: Cluster): void => {
  let environment: BenchEnvironment;
  let keys = '';
  const secret = (name: string, namespace: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(cluster.get('secret', name, '-n', namespace).data as Record<string, string>).map(([key, text]) => [
        key,
        Buffer.from(text, 'base64').toString(),
      ]),
    );

  beforeAll(async () => {
    environment = await bench(cluster);
    keys = join(cluster.folder ?? '', 'keys', 'path');
    mkdirSync(keys, { recursive: true });
    for (const [file, text] of Object.entries(secret('gateway-tls', environment.control)))
      writeFileSync(join(keys, file), text, { mode: 0o600 });
  }, 600_000);

  /** The agent asks its sidecar: its stand-in does when the gateway says so. */
  const asks = (agent: string, path: string, body?: object, headers: readonly string[] = []): Came => {
    const [pod] = cluster.get('pods', '-n', environment.agents, '-l', `firepit.dev/agent=${agent}`).items;
    const host = `${agent}.${environment.agents}.svc`;
    const key = (file: string): string => join(keys, file);
    const { out } = cluster.within('curl', [
      ...['--silent', '--max-time', '60', '--resolve', `${host}:8443:${pod.status.podIP}`, '--cacert', key('ca.crt')],
      ...['--cert', key('tls.crt'), '--key', key('tls.key'), `https://${host}:8443/outbound${path}`],
      ...headers.flatMap((header) => ['--header', header]),
      ...(body === undefined ? [] : ['--header', 'content-type: application/json', '--data', JSON.stringify(body)]),
    ]);
    const [, status = '0', text = ''] = out.match(/^(\d{3}) ([\s\S]*)$/) ?? [undefined, '0', out];
    return { status: Number(status), body: text };
  };
  const call = (name: string, args: object) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args },
  });
  const TICKETS = '/tools/tickets/mcp';
  const CUSTOMER = '/tools/crm/v1/customers/C-1';
  const MODEL = '/models/claude/v1/messages';
  const prompt = (model: string, content: string) => ({ model, max_tokens: 9, messages: [{ role: 'user', content }] });

  /** The entries that the ledger signed, on its own volume. */
  const logged = (): readonly Entry[] => {
    const entries: Entry[] = [];
    const folder = join(cluster.folder ?? '', 'volumes', environment.control);
    if (!existsSync(join(folder, 'checkpoint'))) return entries;
    const pem = secret('ledger-signing-key', environment.control)['ed25519.pem'] ?? '';
    const { findings, signed } = verifyLog(folder, {
      key: () => signerOf(`firepit.dev/${environment.agents}`, pem),
      onEntry: (_, entry) => entries.push(JSON.parse(entry.toString()) as Entry),
    });
    // While it is being written what is read may be a moment older than its checkpoint; a wrong signature never is.
    expect(signed).toBe('verified');
    return findings.length === 0 ? entries : [];
  };
  const found = async (what: string, is: (entry: Entry) => boolean): Promise<Entry> => {
    let entry: Entry | undefined;
    await until(`${what} is in the signed log`, () => {
      entry = logged().find(is);
      return entry !== undefined;
    });
    return entry as Entry;
  };

  const allowed = async (came: Came, operation: string, says: string): Promise<void> => {
    expect(came).toEqual({ status: 200, body: expect.stringContaining(says) });
    const decision = await found(
      `the decision about ${operation}`,
      ({ kind, what, why }) => kind === 'decision' && what.operation === operation && why.effect === 'allow',
    );
    await found(`the outcome of ${operation}`, (entry) => entry.kind === 'outcome' && entry.decision === decision.id);
  };

  test('an allowed call reaches the tool, its answer the agent, and both are on record', async () => {
    const came = asks('triage', TICKETS, call('search', { query: 'printer' }));
    await allowed(came, 'tickets.search', 'stand-in of search');
  }, 300_000);

  test.each<readonly [what: string, code: string, path: string, body: object, headers: readonly string[]]>([
    ['an operation that is not granted', 'not-permitted', TICKETS, call('purge', {}), []],
    ['an argument of another form', 'invalid-argument', TICKETS, call('reply', { ticket: 'all', body: 'x' }), []],
    ['what a person must agree to', 'needs-approval', TICKETS, call('close', { ticket: 'T-1' }), []],
    ['a model that is not on the list', 'not-permitted', MODEL, prompt('a-model-off-the-list', 'hello'), []],
    ['a secret in a prompt', 'guard-blocked', MODEL, prompt('claude-sonnet-4-5', `Remember ${SECRET}`), []],
    [
      'a run of somebody else',
      'run-unknown',
      TICKETS,
      call('search', { query: 'x' }),
      [`x-firepit-run: ${randomBytes(32).toString('base64url')}`],
    ],
  ])(
    '%s is denied, reaches nobody, and is on record',
    async (_, code, path, body, headers) => {
      const came = asks('triage', path, body, headers);
      expect(came.body).toContain(code);
      expect(came.body).not.toContain('stand-in');
      const [, id] = /decision ([0-9a-f-]{36})/.exec(came.body) ?? [];
      const { why } = await found(`decision ${id}`, (entry) => entry.id === id);
      expect([why.code, why.effect === 'allow']).toEqual([code, false]);
    },
    300_000,
  );

  test('after it saw customer data nothing goes out, though each call alone may pass', async () => {
    const reply = call('reply', { ticket: 'T-1', body: 'hello' });
    await allowed(asks('triage', TICKETS, reply), 'tickets.reply', 'stand-in of reply');
    await allowed(asks('triage', CUSTOMER), 'crm.customer', 'C-1');
    const came = asks('triage', TICKETS, reply);
    expect(came.body).toContain('sequence-violated');
    expect(came.body).not.toContain('stand-in');
    const [, id] = /decision ([0-9a-f-]{36})/.exec(came.body) ?? [];
    expect((await found(`decision ${id}`, (entry) => entry.id === id)).why.effect).toBe('deny');
  }, 300_000);

  test('while its database is away nothing passes; what a governor refused waits on its node, and is signed once it is back', async () => {
    const selected = ['-n', environment.control, '-l', 'firepit.dev/component=governor'];
    const governors: { readonly metadata: { uid: string }; readonly status: { podIP: string } }[] = cluster.get(
      'pods',
      ...selected,
    ).items;
    const spooled = (): string =>
      governors
        .flatMap(({ metadata }) => processesOf(cluster, metadata.uid))
        .map(({ pid }) => cluster.within('cat', [`/proc/${pid}/root/var/lib/firepit/spool/entries`]))
        .map(({ ok, out }) => (ok ? out : ''))
        .join('');
    const cut = (how: '-I' | '-D'): void => {
      for (const { status } of governors)
        cluster.within('iptables', [
          ...['-w', how, 'FORWARD', '-s', status.podIP, '-p', 'tcp', '--dport', '5432'],
          ...['-j', 'REJECT', '--reject-with', 'tcp-reset'],
        ]);
    };
    const search = (): Came => asks('triage', TICKETS, call('search', { query: 'while it is away' }));
    expect(spooled()).toBe('');
    let id = '';
    cut('-I');
    try {
      const came = search();
      expect(came.body).toContain('unavailable');
      expect(came.body).not.toContain('stand-in');
      id = /decision ([0-9a-f-]{36})/.exec(came.body)?.[1] ?? 'none';
      await until('the refusal waits on the node', () => spooled().includes(id));
      expect(logged().some((entry) => entry.id === id)).toBe(false);
    } finally {
      cut('-D');
    }
    expect((await found(`decision ${id}`, (entry) => entry.id === id)).why.effect).toBe('deny');
    await until('nothing waits any more', () => spooled() === '');
    await until('calls pass again', () => search().body.includes('stand-in of search'));
  }, 300_000);

  test("the sidecar's port in its pod: nobody with its uid hears a caller, before, during and after its restart", async () => {
    const [pod] = cluster.get('pods', '-n', environment.agents, '-l', 'firepit.dev/agent=clerk').items;
    const found = (command: RegExp) => processesOf(cluster, pod.metadata.uid).find((one) => command.test(one.command));
    const [sidecar, pause] = [found(/envoy/), found(/pause/)];
    if (sidecar === undefined || pause === undefined) throw new Error('the processes of the pod are not found');
    const host = `clerk.${environment.agents}.svc`;
    const enters = (name: string): Promise<PodThief> =>
      PodThief.enter(cluster, name, { inside: pause.pid, uid: sidecar.uid, port: 8443, host });
    const answers = (times: number): string[] => Array.from({ length: times }, () => asks('clerk', CUSTOMER).body);
    const whole = expect.stringContaining('C-1');

    const before = await enters('thief-before');
    expect(answers(5)).toEqual(Array(5).fill(whole));
    const loot = await before.leave();
    expect(loot).toMatchObject({ taken: [], connections: 0, heard: [] });
    expect(loot.attempts).toBeGreaterThan(10);

    const during = await enters('thief-during');
    cluster.within('kill', ['-KILL', String(sidecar.pid)]);
    await until('the thief has the port', () => during.says('taken'));
    for (const answer of answers(5)) expect(answer).not.toEqual(whole);
    const got = await during.leave();
    expect(got.connections).toBeGreaterThan(0);
    expect(got.heard).toEqual([]);

    await until('the sidecar is back', () => asks('clerk', CUSTOMER).body.includes('C-1'), 240);
    const after = await enters('thief-after');
    expect(answers(5)).toEqual(Array(5).fill(whole));
    expect(await after.leave()).toMatchObject({ taken: [], connections: 0, heard: [] });
  }, 600_000);
};

onOwnCluster('the control point in pods', suite);
