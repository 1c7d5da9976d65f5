import { join } from 'node:path';
import type { Cluster } from '../../../cluster';
import { ADDRESSES } from '../../../cluster/addresses';
import { issueCertificates } from '../../../cluster/certificates';
import { GVISOR, provideGvisor } from '../../../cluster/gvisor';
import { OUTSIDE } from '../../../cluster/outside';
import { ownProgram } from '../../../cluster/own-program';
import { until } from '../../../cluster/until';
import { Isolation } from '../../../lib';
import { agentLeaf } from '../../../lib/identity/certificates';
import { PORT } from '../../../lib/names';
import { node, project, ROOT } from '../../support/cli';
import { Caller } from '../caller';
import { BenchEnvironment, prepare } from '../environment';
import { deskWith } from './desk';
import { whenLong } from './long';

const MINUTES = 60_000;
const E = 'sealed';
const WARDEN = `--as=system:serviceaccount:${E}-control:warden`;

// biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
type Live = any;

/** An agent in gVisor beside one in a user namespace: real runsc, systrap. */
const suite = (cluster: Cluster): void => {
  let environment: BenchEnvironment;
  let caller: Caller;
  let cwd: string;
  const doctor = async (): Promise<string> => {
    const kubectl = `${process.env.FIREPIT_KUBERNETES}/kubectl`;
    const args = ['doctor', 'app.ts', '--kubeconfig', cluster.kubeconfig, '--kubectl', kubectl];
    return (await node(cwd, [join(ROOT, 'cli/main.ts'), ...args])).stdout;
  };
  /** What connects from inside a pod's kernel: a round of its watch that began after now, a character for each target. */
  const reached = async (agent: string): Promise<string> => {
    const [pod] = caller.pods(agent);
    const asked = new Date().toISOString();
    let open = '';
    await until(`${agent} looks again`, () => {
      const { stdout } = cluster.kubectl(['logs', pod.metadata.name, '-n', E, '-c', 'agent', '--tail=4']);
      const rounds = stdout.split('\n').flatMap((line) => (line.startsWith('{"round"') ? [JSON.parse(line)] : []));
      open = rounds.find(({ started }: Live) => started > asked)?.open ?? '';
      return open !== '';
    });
    return open;
  };
  /** Serial number of the certificate that an agent's sidecar shows to the node. */
  const serialOf = (agent: string): string => {
    const connect = `openssl s_client -connect ${caller.pods(agent)[0].status.podIP}:${PORT.https} -alpn h2`;
    return cluster.within('sh', ['-c', `${connect} </dev/null 2>/dev/null | openssl x509 -noout -serial`]).out.trim();
  };

  beforeAll(async () => {
    const ground = await prepare(cluster);
    await provideGvisor(cluster);
    const declaration = deskWith(
      ground,
      E,
      'walled',
      { isolation: Isolation.gvisor() },
      { runtimeClasses: { gvisor: GVISOR } },
    );
    const lib = JSON.stringify(join(ROOT, 'lib'));
    cwd = project({
      'declaration.json': JSON.stringify(declaration),
      'app.ts': `import { AgentEnvironment, App } from ${lib};\nconst app = new App();\nnew AgentEnvironment(app, require('./declaration.json'));\napp.synth();\n`,
    });
    environment = new BenchEnvironment(ground, declaration);
    await environment.start();
    caller = new Caller(cluster, environment);
  }, 15 * MINUTES);
  afterAll(async () => {
    await environment?.stop();
    cluster.kubectl(['delete', 'runtimeclass', GVISOR, '--ignore-not-found']);
  }, 5 * MINUTES);

  test('it serves through its sidecar, and what it runs on is gVisor; the other runs on the kernel of the node', () => {
    expect([caller.serves('walled'), caller.serves('triage')]).toEqual([true, true]);
    const [inside, outside] = [caller.ask('walled', '/kernel'), caller.ask('triage', '/kernel')];
    expect(inside).toMatch(/^Linux version \S*gvisor/);
    expect(inside).toContain('Starting gVisor...');
    const { out } = cluster.within('cat', ['/proc/version']);
    expect(outside).toContain(out.trim());
    expect(outside).toContain('its log: operation not permitted');
    expect(inside).not.toContain(out.trim());
  });

  test(
    'a renewed certificate is shown by the sidecar that runs',
    async () => {
      const before = serialOf('walled');
      expect(before).toMatch(/^serial=[0-9A-F]+$/);
      const [{ metadata }] = caller.pods('walled');
      const leaf = ['secret', agentLeaf('walled'), '-n', environment.control];
      expect(cluster.kubectl(['delete', ...leaf]).out).toContain('deleted');
      expect(issueCertificates(cluster, environment.control)).toContain(agentLeaf('walled'));
      await until('the new certificate is shown', () => ![before, ''].includes(serialOf('walled')));
      const [pod] = caller.pods('walled');
      expect(pod.metadata.uid).toBe(metadata.uid);
      expect(pod.status.initContainerStatuses[0].restartCount).toBe(0);
      expect(caller.serves('walled')).toBe(true);
    },
    4 * MINUTES,
  );

  test(
    'network policies hold it: the gateway, and nothing else',
    async () => {
      const { clusterIP } = cluster.get('service', 'gateway', '-n', environment.control).spec;
      const address = (agent: string): string => caller.pods(agent)[0].status.podIP;
      for (const [agent, other] of [
        ['walled', 'triage'],
        ['triage', 'walled'],
      ] as const) {
        const targets = [
          `tcp:${clusterIP}:${PORT.back}`,
          `tcp:${ADDRESSES.apiServer.service}:443`,
          `tcp:${ADDRESSES.node.v4}:10250`,
          `tcp:${address(other)}:${PORT.https}`,
          `tcp:${OUTSIDE.metadata}:80`,
          `tcp:${OUTSIDE.v4}:443`,
        ];
        const { out } = cluster.within(ownProgram('stand-in'), ['dial', ...targets]);
        // The node itself reaches them all: what is closed below is closed by policy.
        expect(
          out
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line).open),
        ).toEqual(targets.map(() => true));
        expect(caller.ask(agent, `/watch/${targets.join(',')}`)).toContain('stand-in');
        expect(await reached(agent)).toBe('100000');
      }
    },
    2 * MINUTES,
  );

  test(
    'quarantined, it reaches nothing; the other goes on',
    async () => {
      const [pod] = caller.pods('walled');
      const label = ['label', 'pod', pod.metadata.name, '-n', E, 'firepit.dev/quarantine=true', WARDEN];
      expect(cluster.kubectl(label).out).toContain('labeled');
      await until('the gateway is out of its reach', async () => (await reached('walled')) === '000000');
      expect(await reached('triage')).toBe('100000');
      expect(caller.serves('triage')).toBe(true);
    },
    4 * MINUTES,
  );

  test(
    'killed, its successor is in gVisor too',
    async () => {
      const [pod] = caller.pods('walled');
      const kill = ['delete', 'pod', pod.metadata.name, '-n', E, '--wait=false', WARDEN];
      expect(cluster.kubectl(kill).out).toContain('deleted');
      await until('another one serves', () => caller.serves('walled'));
      expect(caller.ask('walled', '/kernel')).toMatch(/^Linux version \S*gvisor/);
    },
    4 * MINUTES,
  );

  test('a pod of it under another isolation is refused', () => {
    const pod = environment.pod('walled');
    expect(environment.ask(pod)).toContain('created (server dry run)');
    const { runtimeClassName: _none, ...spec } = pod.spec;
    const refusal = environment.ask({ ...pod, spec: { ...spec, hostUsers: false } });
    expect(refusal).toContain(`ValidatingAdmissionPolicy '${E}-agent-pods'`);
    expect(refusal).toContain('an agent runs under its declared isolation');
  });

  test(
    'doctor finds the RuntimeClass; without it doctor says so, and the API server refuses the pod',
    async () => {
      expect(await doctor()).toMatch(/^proven {4}runtime-classes: gvisor runs pods under the handler runsc$/m);
      cluster.kubectl(['delete', 'runtimeclass', GVISOR]);
      await until('the pod is refused', () =>
        environment.ask(environment.pod('walled')).includes(`RuntimeClass "${GVISOR}" not found`),
      );
      expect(environment.ask(environment.pod('triage'))).toContain('created (server dry run)');
      expect(await doctor()).toMatch(/^failed {4}runtime-classes: gvisor is not there.*\n\s+fix: install gVisor/m);
    },
    4 * MINUTES,
  );
};

whenLong('an agent in gVisor', suite);
