import { Construct } from 'constructs';
import type { Context } from '../context';
import type { Agent } from '../declaration';
import { ENVOY, SIDECAR_ARGS } from '../gateway/command';
import { audienceOf, LABEL, objectName } from '../names';
import { AskedPolicy } from './asks';
import { celList, celString, inNamespace, podRule } from './policy';

/** What an agent's pod must look like, beside Pod Security. */
export interface AgentShape {
  readonly agent: string;
  /** Name of the ConfigMap with the sidecar's configuration. */
  readonly sidecarConfig: string;
}

const isolationOf = (context: Context, agent: Agent): string =>
  agent.isolation.kind === 'userNamespace'
    ? 'user-namespace'
    : (context.declaration.platform.runtimeClasses?.[agent.isolation.kind] ?? 'none');

/** CEL map from agent to what is pinned for it. */
const pinned = (context: Context, shapes: readonly AgentShape[]): string =>
  `{${shapes
    .map(({ agent, sidecarConfig }) => {
      const declared = context.declaration.agents[agent] as Agent;
      const facts = {
        image: declared.image,
        sidecar: context.declaration.images.images.envoy,
        config: sidecarConfig,
        identity: `${objectName(agent)}-identity`,
        isolation: isolationOf(context, declared),
      };
      return `${celString(objectName(agent))}: {${Object.entries(facts)
        .map(([k, v]) => `${celString(k)}: ${celString(v)}`)
        .join(', ')}}`;
    })
    .join(', ')}}`;

/**
 * Every pod in the agents' namespace is a declared agent in its declared shape: labels that policies select, its own
 * service account, its images and sidecar configuration, and nothing by which its container could hold a credential.
 */
export class AgentPods extends Construct {
  constructor(scope: Construct, id: string, context: Context, shapes: readonly AgentShape[]) {
    super(scope, id);
    const { names } = context;
    const label = (key: string): string => `object.metadata.?labels[?${celString(key)}].orValue('')`;
    new AskedPolicy(this, 'agent-pods', context, {
      purpose: "a pod in the agents' namespace is a declared agent in its declared shape",
      usesProductImages: true,
      matchConstraints: inNamespace(names.agents, podRule(['CREATE'])),
      variables: [
        { name: 'agents', expression: pinned(context, shapes) },
        { name: 'agent', expression: label(LABEL.agent) },
        { name: 'known', expression: 'variables.agent in variables.agents' },
        {
          name: 'pinned',
          expression:
            "variables.known ? variables.agents[variables.agent] : {'image': '', 'sidecar': '', 'config': '', 'identity': '', 'isolation': ''}",
        },
        { name: 'volumes', expression: 'object.spec.?volumes.orValue([])' },
      ],
      validations: [
        {
          expression: `variables.known && ${label(LABEL.component)} == 'agent' && ${label(LABEL.environment)} == ${celString(names.environment)}`,
          messageExpression: `'a pod in ${names.agents} carries the labels of a declared agent; found agent "' + variables.agent + '"'`,
        },
        {
          expression:
            'object.spec.serviceAccountName == variables.agent && object.spec.?automountServiceAccountToken.orValue(true) == false',
          message: 'an agent runs under its own service account and mounts no token',
        },
        {
          expression:
            "object.spec.containers.size() == 1 && object.spec.containers[0].name == 'agent' && object.spec.containers[0].image == variables.pinned.image && !has(object.spec.ephemeralContainers)",
          message: "an agent pod has one container, 'agent', with the declared image",
        },
        {
          expression:
            "has(object.spec.initContainers) && object.spec.initContainers.size() == 1 && object.spec.initContainers[0].name == 'sidecar' && object.spec.initContainers[0].image == variables.pinned.sidecar && object.spec.initContainers[0].?restartPolicy.orValue('') == 'Always'",
          message: 'an agent pod has one sidecar, the declared Envoy',
        },
        {
          // The digest pins a file system; with other arguments the same Envoy would serve its own key.
          expression: `${['command', 'args', 'lifecycle'].map((field) => `!has(object.spec.containers[0].${field})`).join(' && ')} && ${['env', 'envFrom', 'lifecycle'].map((field) => `!has(object.spec.initContainers[0].${field})`).join(' && ')} && object.spec.initContainers[0].?command.orValue([]) == ${celList(ENVOY)} && object.spec.initContainers[0].?args.orValue([]) == ${celList(SIDECAR_ARGS)}`,
          message: 'an agent starts as its image says, its sidecar as the environment says',
        },
        {
          expression:
            '!object.spec.containers[0].?env.orValue([]).exists(e, has(e.valueFrom)) && !has(object.spec.containers[0].envFrom)',
          message: 'the environment of an agent holds literals only: no Secret, no ConfigMap, no field of the pod',
        },
        {
          expression:
            "object.spec.containers[0].?volumeMounts.orValue([]).all(m, m.name.startsWith('scratch-') && variables.volumes.exists(v, v.name == m.name && has(v.emptyDir)))",
          message: "an agent's container mounts scratch volumes only",
        },
        {
          expression: `variables.volumes.all(v, has(v.emptyDir) || has(v.image) || (has(v.secret) && v.secret.secretName == variables.pinned.identity) || (has(v.configMap) && v.configMap.name == variables.pinned.config) || (has(v.projected) && v.projected.sources.all(s, has(s.serviceAccountToken) && s.serviceAccountToken.?audience.orValue('') == ${celString(audienceOf(names.environment))})))`,
          message:
            "an agent pod has its scratch volumes, its identity, its sidecar's configuration and a token for the gateway",
        },
        {
          expression:
            "variables.pinned.isolation == 'user-namespace' ? object.spec.?hostUsers.orValue(true) == false && !has(object.spec.runtimeClassName) : object.spec.?runtimeClassName.orValue('') == variables.pinned.isolation",
          message: 'an agent runs under its declared isolation',
        },
        {
          expression:
            'object.spec.?shareProcessNamespace.orValue(false) == false && object.spec.containers.all(c, c.?securityContext.?readOnlyRootFilesystem.orValue(false)) && object.spec.initContainers.all(c, c.?securityContext.?readOnlyRootFilesystem.orValue(false))',
          message: 'containers of an agent pod share no processes and write no root file system',
        },
        ...(context.platform.containerUser(1).runAsUser === undefined
          ? []
          : [
              {
                expression:
                  'object.spec.containers[0].?securityContext.?runAsUser.orValue(0) != object.spec.initContainers[0].?securityContext.?runAsUser.orValue(0)',
                message:
                  'agent and sidecar run as different users: a process of the same user could take the port of the sidecar',
              },
            ]),
      ],
    });
  }
}
