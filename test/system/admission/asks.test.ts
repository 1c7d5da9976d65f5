import { parseAllDocuments, stringify } from 'yaml';
import type { Cluster } from '../../../cluster';
import { until } from '../../../cluster/until';
import { ASKED } from '../../../lib/admission/asks';
import type { Manifest } from '../../../lib/minimum-bar';
import { BenchEnvironment, benchDeclaration, DEPLOYER, onOwnCluster, prepare } from '../environment';

const MINUTES = 60_000;
const E = 'early';
const asks = ASKED.map((id) => `requests.asks.firepit.dev/${id}=1`);
const isAdmission = ({ kind }: Manifest): boolean => /AdmissionPolicy(Binding)?$|^ImageValidatingPolicy$/.test(kind);

// biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
type Live = any;

const suite = (cluster: Cluster): void => {
  let environment: BenchEnvironment;
  /** Its objects in written order: the quota stands before the first pod. */
  let written: readonly Manifest[] = [];
  const pods = (): Live[] => cluster.get('pods', '-n', E).items;
  const apply = (objects: readonly Manifest[]): void => {
    const args = ['apply', '--server-side', '--validate=strict', '-f', '-', ...DEPLOYER];
    const { ok, out } = cluster.kubectl(args, objects.map((object) => stringify(object)).join('---\n'));
    expect([ok, ok ? '' : out]).toEqual([true, '']);
  };
  const bindings = (kind: 'Mutating' | 'Validating'): readonly Manifest[] =>
    written.filter((o) => o.kind === `${kind}AdmissionPolicyBinding`);
  const unbind = (kind: 'Mutating' | 'Validating', ...names: readonly string[]): void => {
    cluster.kubectl(['delete', `${kind.toLowerCase()}admissionpolicybindings`, ...names.map((name) => `${E}-${name}`)]);
  };

  beforeAll(async () => {
    const ground = await prepare(cluster);
    environment = new BenchEnvironment(ground, benchDeclaration(ground, E));
    written = parseAllDocuments(environment.yaml).map((document) => document.toJS() as Manifest);
  }, 10 * MINUTES);
  afterAll(() => {
    cluster.kubectl(['delete', '-f', '-', '--ignore-not-found', '--wait=false'], environment?.yaml);
  }, 5 * MINUTES);

  test(
    'before admission no pod of an agent is made; its controller goes on trying',
    async () => {
      // The control plane is not needed here: what agents refer to is.
      const needed = written.filter(
        (o) => !isAdmission(o) && !(o.metadata.namespace === environment.control && /^(Deploy|Stateful)/.test(o.kind)),
      );
      const isAgent = ({ kind }: Manifest): boolean => kind === 'Deployment';
      apply(needed.filter((o) => !isAgent(o)));
      await until(
        'the quota counts',
        () => cluster.get('resourcequota', 'quota', '-n', E).status.used?.['requests.asks.firepit.dev/models'] === '0',
      );
      apply(needed.filter(isAgent));
      const told = (agent: string): boolean =>
        cluster
          .get('events', '-n', E, '--field-selector', 'reason=FailedCreate,involvedObject.kind=ReplicaSet')
          .items.some(
            ({ message, involvedObject }: Live) =>
              involvedObject.name.startsWith(`${agent}-`) && asks.every((ask) => message.includes(ask)),
          );
      await until('both controllers are refused', () => told('triage') && told('clerk'));
      expect(pods()).toEqual([]);
    },
    5 * MINUTES,
  );

  test(
    'when admission is there they are made by themselves, asking nobody, with the address of the gateway, and find a node',
    async () => {
      apply(written.filter(isAdmission));
      await until('both have a node', () => pods().filter(({ spec }) => spec.nodeName !== undefined).length === 2, 240);
      const { clusterIP } = cluster.get('service', 'gateway', '-n', environment.control).spec;
      for (const { spec } of pods()) {
        expect(JSON.stringify(spec)).not.toContain('asks.firepit.dev');
        expect(spec.hostAliases).toEqual([{ ip: clusterIP, hostnames: [`gateway.${E}-control.svc`] }]);
      }
    },
    5 * MINUTES,
  );

  const created = (pod: object): boolean => environment.ask(pod).includes('created (server dry run)');

  test(
    'a policy whose validating half is not in force judges all the same',
    async () => {
      const [wrong, right] = [environment.pod('triage'), environment.pod('triage')];
      wrong.spec.terminationGracePeriodSeconds = 3600;
      await until('the declared pod is admitted', () => created(right));
      await until('the validating half refuses', () =>
        environment.ask(wrong).includes(`ValidatingAdmissionPolicy '${E}-prompt-end'`),
      );
      unbind('Validating', 'prompt-end');
      await until('the quota refuses it', () =>
        /exceeded quota.*requests\.asks\.firepit\.dev\/prompt-end=1/.test(environment.ask(wrong)),
      );
      await until('the declared pod is still admitted', () => created(right));
      apply(bindings('Validating'));
    },
    5 * MINUTES,
  );

  test(
    'each policy answers for itself: one that is not in force is enough, and is named',
    async () => {
      const pod = environment.pod('triage');
      const gone: string[] = [];
      for (const id of ASKED) {
        unbind('Mutating', id);
        gone.push(`requests.asks.firepit.dev/${id}=1`);
        // Asked once more it may be refused for another reason: a webhook may just have closed its connection.
        let refusal = '';
        await until(`${id} is missed by the quota`, () => {
          refusal = environment.ask(pod);
          return refusal.includes('exceeded quota') && refusal.includes(`asks.firepit.dev/${id}=1`);
        });
        expect(asks.filter((ask) => refusal.includes(ask)).sort()).toEqual([...gone].sort());
      }
      apply(bindings('Mutating'));
      await until('the declared pod is admitted again', () => created(pod));
    },
    5 * MINUTES,
  );

  test(
    'without the quota it would be made, and would find no node',
    async () => {
      const pod = environment.pod('triage');
      unbind('Mutating', ...ASKED);
      await until('nobody answers', () => {
        const refusal = environment.ask(pod);
        return asks.every((ask) => refusal.includes(ask));
      });
      const open = Object.fromEntries(ASKED.map((id) => [`requests.asks.firepit.dev/${id}`, null]));
      const patch = JSON.stringify({ spec: { hard: open } });
      cluster.kubectl(['patch', 'resourcequota', 'quota', '-n', E, '--type=merge', '-p', patch, ...DEPLOYER]);
      await until('it is made', () => cluster.kubectl(['create', '-f', '-'], stringify(pod)).ok);
      const found = (): Live => cluster.get('pod', pod.metadata.name, '-n', E);
      const condition = (): Live => found().status.conditions?.find(({ type }: Live) => type === 'PodScheduled');
      await until('the scheduler has looked', () => condition() !== undefined);
      expect(condition()).toMatchObject({ status: 'False', reason: 'Unschedulable' });
      expect(condition().message).toContain('Insufficient asks.firepit.dev/');
      expect(found().spec.nodeName).toBeUndefined();
    },
    5 * MINUTES,
  );
};

onOwnCluster('an agent waits for admission', suite);
