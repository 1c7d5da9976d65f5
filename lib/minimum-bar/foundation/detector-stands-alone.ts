import { SYSTEM_NAMESPACE } from '../../names';
import type { AdmissionRequest } from '../match';
import type { PodTemplate } from '../pods';
import { podRequest } from '../probes';
import { type Attack, admitted, refused } from '../rules/_probe';
import type { Rule } from '../types';
import { at, type Data, list, record } from '../values';
import type { FoundationView } from './view';

const CONTROLLER = { username: 'system:serviceaccount:kube-system:daemon-set-controller', groups: [] };
const FOREIGN = 'registry.example.com/other@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

type Change = (pod: Data) => Data;
const spec =
  (change: (spec: Data) => Data): Change =>
  (pod) => ({ ...pod, spec: { ...record(pod.spec), ...change(record(pod.spec)) } });
const container =
  (change: (container: Data) => Data): Change =>
  (pod) =>
    spec(({ containers }) => ({
      containers: list(containers).map((one) => ({ ...record(one), ...change(record(one)) })),
    }))(pod);
const security = (fields: Data): Change =>
  container(({ securityContext }) => ({ securityContext: { ...record(securityContext), ...fields } }));

/** Ways to run something with Falco's view of the node. */
const CHANGES: Readonly<Record<string, Change>> = {
  'another image in the place of Falco': container(() => ({ image: FOREIGN })),
  'one more container': spec(({ containers }) => ({
    containers: [...list(containers), { name: 'other', image: FOREIGN }],
  })),
  'another command': container(() => ({ command: ['/bin/sh'], args: ['-c', 'true'] })),
  'a privileged Falco': security({ privileged: true }),
  'a Falco with one more capability': security({ capabilities: { add: ['SYS_ADMIN'] } }),
  'a Falco in the network of the node': spec(() => ({ hostNetwork: true })),
  'a Falco among the processes of the node': spec(() => ({ hostPID: true })),
  'another folder of the node': spec(({ volumes }) => ({
    volumes: [...list(volumes), { name: 'root', hostPath: { path: '/' } }],
  })),
  'another Secret': spec(({ volumes }) => ({
    volumes: [...list(volumes), { name: 'other', secret: { secretName: 'other' } }],
  })),
  'another service account': spec(() => ({ serviceAccountName: 'default' })),
};

/** As the pod's controller asks for it; what an operator lays under it is not known here. */
const asked = (view: FoundationView, pod: PodTemplate, change?: Change): AdmissionRequest => {
  const own = podRequest(view, pod, (one) =>
    spec((fields) => ({
      serviceAccountName: fields.serviceAccountName ?? 'falco',
      containers: list(fields.containers).map((each) => {
        const started = at(each, 'command') !== undefined || at(each, 'name') !== 'falco';
        return started ? each : { ...record(each), args: ['/usr/bin/falco'] };
      }),
    }))(one),
  );
  return { ...own, user: CONTROLLER, ...(change === undefined ? {} : { object: change(own.object ?? {}) }) };
};

export const rule: Rule<FoundationView> = {
  id: 'detector-stands-alone',
  layer: 'runtime',
  info: `Admission lets something else than Falco run in ${SYSTEM_NAMESPACE}, or refuses Falco itself.`,
  explanation:
    'the namespace lets pods see the node, so whoever may create one more pod in it owns every node of the cluster',
  fix: 'keep the admission policy that holds its pods to the images, starts, capabilities and mounts of the foundation',
  check: (view) => [
    ...admitted(
      view,
      `Namespace ${SYSTEM_NAMESPACE}`,
      view.systemPods.flatMap((pod) =>
        Object.entries(CHANGES).map(([what, change]): Attack => ({ what, request: asked(view, pod, change) })),
      ),
    ),
    ...refused(
      view,
      view.systemPods.map((pod) => ({ what: `the pods of ${pod.owner.kind} falco`, request: asked(view, pod) })),
    ),
  ],
};
