import { answerOf } from '../answer';
import type { Loose } from '../subject';
import { bad, type Examination, type Finding, good, type Question, unknown } from './finding';

const IMAGE = `registry.example.com/firepit/doctor@sha256:${'d0'.repeat(32)}`;

/** A pod that Pod Security `restricted` takes. It is a dry run: nothing pulls the image. */
const pod = (namespace: string, change: (pod: Loose) => unknown): Loose => {
  const made = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'firepit-doctor', namespace },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'doctor',
          image: IMAGE,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
  change(made);
  return made;
};

const NO_NAMESPACE = 'ask as somebody who may create namespaces: it is made and removed again';

/** Asks for a pod by dry run, in a namespace of our own. */
async function tried(
  id: string,
  { requests, namespace, noNamespace }: Examination,
  change: (pod: Loose) => unknown,
  judge: (answer: ReturnType<typeof answerOf>, made: Loose) => Finding,
): Promise<Finding> {
  if (namespace === undefined) return unknown(id, `not asked: ${noNamespace}`, NO_NAMESPACE);
  const reply = await requests.attempt({ attempt: { verb: 'create', object: pod(namespace, change) } });
  return judge(answerOf(reply, namespace), reply.body);
}

/** Feature gates, by their effect: an API server without them drops the field and says nothing. */
export const features: Question = async (examination) => [
  await tried(
    'user-namespaces',
    examination,
    (p) => (p.spec.hostUsers = false),
    (answer, made) =>
      answer.kind === 'allowed' && made?.spec?.hostUsers === false
        ? good('user-namespaces', 'the API server keeps hostUsers: false')
        : answer.kind === 'allowed'
          ? bad(
              'user-namespaces',
              'the API server drops hostUsers',
              'enable UserNamespacesSupport, or isolate agents with gVisor or Kata',
            )
          : unknown('user-namespaces', answer.words, 'see what refuses an ordinary pod'),
  ),
  await tried(
    'image-volumes',
    examination,
    (p) => (p.spec.volumes = [{ name: 'model', image: { reference: IMAGE, pullPolicy: 'IfNotPresent' } }]),
    (answer, made) =>
      answer.kind === 'allowed' && made?.spec?.volumes?.some((v: Loose) => v.image?.reference === IMAGE)
        ? good('image-volumes', 'the API server keeps image volumes')
        : answer.kind === 'allowed'
          ? bad(
              'image-volumes',
              'the API server drops image volumes',
              'enable ImageVolume; models as artefacts need it',
            )
          : unknown('image-volumes', answer.words, 'see what refuses an ordinary pod'),
  ),
];

/** Pod Security is in force: a privileged pod is refused where the namespace says restricted. */
export const podSecurity: Question = async (examination) => [
  await tried(
    'pod-security',
    examination,
    (p) => (p.spec.containers[0].securityContext = { privileged: true }),
    (answer) =>
      answer.kind === 'refused' && answer.by === 'Pod Security'
        ? good('pod-security', 'a privileged pod is refused by Pod Security')
        : answer.kind === 'allowed'
          ? bad('pod-security', 'a privileged pod is let through', 'enable the admission plug-in PodSecurity')
          : bad(
              'pod-security',
              `a privileged pod is not refused by Pod Security but: ${answer.words}`,
              'enable the admission plug-in PodSecurity',
            ),
  ),
];
