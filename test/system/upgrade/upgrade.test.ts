import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { record } from '../../../cluster/record';
import { until } from '../../../cluster/until';
import { GOLDEN, readTree } from '../../support/golden';
import type { Answer, ApiServer } from '../cluster/api-server';
import { prepared } from '../cluster/prepared';
import { previous } from './previous';

const MINUTE = 60_000;
const BEFORE = previous();
/** Names that carry the digest of what is in them are new for each content, and the old ones are pruned by hand. */
const BY_DIGEST = /-[0-9a-f]{10}$/;
/** What this version no longer has, by name: the changelog says why, and the page to delete it after the rollout. */
const GONE =
  /^(ImageValidatingPolicy|ValidatingAdmissionPolicy(Binding)?) .*-(images|signed)-(agents|catch-all|product)$/;

// biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
type Live = any;

/** Documents in written order. */
const inOrder = (tree: ReadonlyMap<string, string>): string[] =>
  [...tree]
    .filter(([path]) => path.endsWith('.yaml') && path !== 'kustomization.yaml')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text);
const before = (name: string): string[] => inOrder(new Map(Object.entries(BEFORE.trees[name] ?? {})));
const now = (name: string): string[] => inOrder(readTree(join(GOLDEN, name)));

const apply = (server: ApiServer, documents: readonly string[]): Answer =>
  server.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], documents.join('\n---\n'));
const quiet = ({ out }: Answer): string[] =>
  out.split('\n').filter((line) => line !== '' && !line.endsWith('serverside-applied'));

/** `Kind namespace/name` → uid of the objects of a tree that are there. */
const uids = (server: ApiServer, documents: readonly string[]): Map<string, string> => {
  const { ok, stdout, out } = server.kubectl(
    ['get', '--ignore-not-found', '-f', '-', '-o', 'json'],
    documents.join('\n---\n'),
  );
  if (!ok) throw new Error(out);
  return new Map(
    JSON.parse(stdout).items.map(({ kind, metadata }: Live) => [
      `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      metadata.uid,
    ]),
  );
};

/** The objects of a tree as they are kept, without what controllers go on writing. */
const states = (server: ApiServer, documents: readonly string[]): string[] => {
  const { stdout } = server.kubectl(['get', '-f', '-', '-o', 'json'], documents.join('\n---\n'));
  return JSON.parse(stdout).items.map(({ status: _status, metadata, ...object }: Live) => {
    const { resourceVersion: _version, managedFields: _fields, ...stays } = metadata;
    const { 'deployment.kubernetes.io/revision': _revision, ...annotations } = metadata.annotations ?? {};
    return JSON.stringify({ ...object, metadata: { ...stays, annotations } });
  });
};

/** Everything in the cluster that belongs to an environment by its label, its namespace or its name. */
const remains = (server: ApiServer, name: string): string[] => {
  const kinds = server.kubectl(['api-resources', '--verbs=list', '-o', 'name']).stdout.trim().split('\n');
  const listed = server.get(
    kinds.filter((kind) => !/^(events(\.|$)|componentstatuses)/.test(kind)).join(','),
    '--all-namespaces',
  );
  return listed.items
    .filter(
      ({ metadata }: Live) =>
        metadata.labels?.['firepit.dev/environment'] === name ||
        [name, `${name}-control`].includes(metadata.namespace) ||
        metadata.name.startsWith(`${name}-`) ||
        metadata.name === name ||
        metadata.name.endsWith(`-${name}`),
    )
    .map(({ kind, metadata }: Live) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
};

/** The commands under "Delete" of the page, for another environment. */
const deletion = (name: string, served: (kind: string) => boolean): string[][] => {
  const page = readFileSync(join(__dirname, '../../../docs/how-to/upgrade-and-delete.md'), 'utf8');
  const [, block = ''] = /^## Delete$[\s\S]*?```console\n([\s\S]*?)```/m.exec(page) ?? [];
  return (
    block
      .trim()
      .split('\n')
      .map((line) => line.replace('$ kubectl ', '').replaceAll('support-desk-dev', name))
      // "On OpenShift, `adminnetworkpolicies` take the place of `clusternetworkpolicies`."
      .map((line) => (name.endsWith('openshift') ? line.replace('clusternetwork', 'adminnetwork') : line).split(' '))
      // "Leave out a kind that the cluster does not know."
      .map(([verb = '', kinds = '', ...rest]) => [verb, kinds.split(',').filter(served).join(','), ...rest])
  );
};

describe.each([
  ['Kubernetes', '10.96.0.0/16', ['support-desk-dev', 'support-desk-staging', 'support-desk-prod']],
  ['OpenShift', '172.30.0.0/16', ['support-desk-openshift']],
] as const)(
  `from ${BEFORE.version} at ${BEFORE.commit.slice(0, 10)}, with the addresses of %s`,
  (_platform, services, names) => {
    let server: ApiServer;
    beforeAll(async () => {
      server = await prepared(services);
    }, 3 * MINUTE);
    afterAll(async () => server?.stop(), MINUTE);

    test.each(names)(
      '%s: in written order, at the first pass, without a warning; again without a change',
      (name) => {
        const fresh = now(name);
        const start = Date.now();
        const first = apply(server, fresh);
        record({ stage: `apply ${name}`, seconds: Math.round((Date.now() - start) / 100) / 10, objects: fresh.length });
        expect([first.ok, first.warnings, quiet(first)]).toEqual([true, [], []]);
        const before = states(server, fresh);
        expect(before).toHaveLength(fresh.length);
        expect(quiet(apply(server, fresh))).toEqual([]);
        expect(states(server, fresh)).toEqual(before);
      },
      3 * MINUTE,
    );

    test.each(names)(
      '%s: every object is changed in place, back to the version before and forth again',
      (name) => {
        const [old, fresh] = [before(name), now(name)];
        const changed = fresh.filter((text) => !old.includes(text)).length;
        process.stderr.write(`${name}: ${changed} of ${fresh.length} objects differ from ${BEFORE.version}\n`);
        expect(quiet(apply(server, old))).toEqual([]);
        const first = uids(server, old);
        expect(first.size).toBe(old.length);
        expect(quiet(apply(server, fresh))).toEqual([]);
        const last = uids(server, fresh);
        expect(last.size).toBe(fresh.length);
        expect([...first].filter(([key, uid]) => last.has(key) && last.get(key) !== uid)).toEqual([]);
        // What a version no longer has is pruned by hand: nothing but what is named by its digest, and what is known.
        const left = [...first.keys()].filter((key) => !last.has(key) && !BY_DIGEST.test(key));
        expect(left.filter((key) => !GONE.test(key))).toEqual([]);
        expect(left).toHaveLength(9);
        expect(uids(server, old)).toEqual(first);
      },
      3 * MINUTE,
    );

    test('no expression of an admission policy is doubted by the type checker', async () => {
      const policies = (): Live[] => server.get('validatingadmissionpolicies').items;
      await until('expressions are checked', () =>
        policies().every((p) => p.status?.observedGeneration === p.metadata.generation),
      );
      expect(policies().length).toBeGreaterThan(10);
      expect(policies().flatMap((p) => p.status.typeChecking?.expressionWarnings ?? [])).toEqual([]);
    });

    test('a change that the API server takes only by replacement is found', () => {
      const [name] = names;
      const triage = parse(now(name).find((t) => /^kind: Deployment[\s\S]*^ {2}name: triage$/m.test(t)) ?? '');
      triage.spec.selector.matchLabels.extra = 'x';
      triage.spec.template.metadata.labels.extra = 'x';
      expect(quiet(apply(server, [stringify(triage)])).join()).toContain('field is immutable');
    });

    test.each([...names].reverse())(
      '%s: deleted as the page says, nothing is left',
      (name) => {
        expect(remains(server, name).length).toBeGreaterThan(100);
        const kinds = server.kubectl(['api-resources', '-o', 'name']).stdout.split('\n');
        const commands = deletion(name, (kind) =>
          kinds.some((k) => k.split('.')[0]?.replace(/s$/, '') === kind.replace(/s$/, '')),
        );
        expect(commands.length).toBeGreaterThan(4);
        for (const command of commands) {
          const { ok, out } = server.kubectl(command);
          expect([command.join(' '), ok ? '' : out]).toEqual([command.join(' '), '']);
        }
        expect(remains(server, name)).toEqual([]);
      },
      4 * MINUTE,
    );
  },
);
