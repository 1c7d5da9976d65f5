import { Construct } from 'constructs';
import { isClusterAdmin, isDeployer } from '../admission/people';
import { celString, inNamespace, ValidatingPolicy } from '../admission/policy';
import { KubeObject } from '../k8s';
import { ANNOTATION, FALCO_PODS, LABEL, PORT, SYSTEM_NAMESPACE } from '../names';
import { falcoRulesName } from '../runtime/falco';
import type { FoundationContext } from './context';
import { FALCO_PORT } from './falco-config';
import type { FalcoParts } from './falco-parts';

const EVERY = ['CREATE', 'UPDATE', 'DELETE'] as const;
const rule = (apiGroup: string, ...resources: string[]) => ({
  apiGroups: [apiGroup],
  apiVersions: ['*'],
  operations: EVERY,
  resources,
});

/**
 * The namespace of what watches every environment. Falco needs the node's files, which Pod Security allows only as
 * `privileged`; so the namespace is closed by admission instead: its pods are exactly Falco's, and only the
 * foundation's deployers change what is in it. Deployers of an environment may write its rules, and nothing else.
 */
export class SystemNamespace extends Construct {
  constructor(scope: Construct, id: string, context: FoundationContext, falco: FalcoParts) {
    super(scope, id);
    const { declaration, platform } = context;
    const { suppressions = [] } = declaration;
    new KubeObject(this, 'Default', 'Namespace', {
      metadata: context.metadata(SYSTEM_NAMESPACE, {
        purpose: 'what watches every environment of the cluster',
        labels: {
          'pod-security.kubernetes.io/enforce': 'privileged',
          'pod-security.kubernetes.io/enforce-version': platform.podSecurityVersion,
          ...platform.namespaceLabels,
        },
        annotations: {
          'firepit.dev/owner': declaration.owner.team,
          'firepit.dev/contact': declaration.owner.contact,
          ...platform.everyNode,
          ...(suppressions.length > 0 ? { [ANNOTATION.suppressions]: JSON.stringify(suppressions) } : {}),
        },
      }),
    });
    this.network(context, falco);
    this.controls(context, falco);
  }

  private network(context: FoundationContext, falco: FalcoParts): void {
    const { dns, name } = { dns: context.platform.dns, name: 'kubernetes.io/metadata.name' };
    const tcp = (port: number) => [{ protocol: 'TCP', port }];
    const { monitoring } = context.declaration.platform;
    new KubeObject(this, 'default-deny', 'NetworkPolicy', {
      metadata: context.metadata('default-deny', {
        namespace: SYSTEM_NAMESPACE,
        purpose: 'nothing reaches or leaves a pod unless a policy says so',
      }),
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    new KubeObject(this, 'falco', 'NetworkPolicy', {
      metadata: context.metadata('falco', {
        namespace: SYSTEM_NAMESPACE,
        purpose: 'Falco tells every warden, and is scraped',
      }),
      spec: {
        podSelector: { matchLabels: FALCO_PODS },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { [name]: monitoring.namespace } },
                podSelector: monitoring.pods === undefined ? {} : { matchLabels: monitoring.pods },
              },
            ],
            ports: tcp(FALCO_PORT),
          },
        ],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { [name]: dns.namespace } },
                podSelector: dns.pods === undefined ? {} : { matchLabels: dns.pods },
              },
            ],
            ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: dns.port })),
          },
          {
            to: Object.keys(context.declaration.environments).map((environment) => ({
              namespaceSelector: { matchLabels: { [name]: `${environment}-control` } },
              podSelector: { matchLabels: { [LABEL.component]: 'warden' } },
            })),
            ports: tcp(PORT.https),
          },
          ...falco.egress,
        ],
      },
    });
  }

  private controls(context: FoundationContext, falco: FalcoParts): void {
    const { owner, environments } = context.declaration;
    const mayDeploy = [isClusterAdmin, ...owner.deployers.map(isDeployer), context.platform.systemAccounts].join(
      ' || ',
    );
    const ownRules = Object.entries(environments).map(
      ([name, { deployers }]) =>
        `(request.resource.resource == 'configmaps' && request.name == ${celString(falcoRulesName(name))} && (${deployers.map(isDeployer).join(' || ')}))`,
    );
    new ValidatingPolicy(this, 'controls', context, {
      purpose: 'what watches is changed by its declared deployers alone, and the rules of an environment by its own',
      matchConstraints: inNamespace(
        SYSTEM_NAMESPACE,
        rule('', 'configmaps', 'secrets', 'services', 'serviceaccounts'),
        rule('apps', 'daemonsets', 'deployments', 'statefulsets', 'replicasets'),
        rule('batch', 'jobs', 'cronjobs'),
        rule('networking.k8s.io', 'networkpolicies'),
        rule('rbac.authorization.k8s.io', 'roles', 'rolebindings'),
        rule('monitoring.coreos.com', '*'),
        rule('instance.falcosecurity.dev', '*'),
        rule('artifact.falcosecurity.dev', 'configs', 'plugins', 'rulesfiles'),
      ),
      validations: [
        {
          expression: [mayDeploy, ...falco.accounts, ...ownRules].join(' || '),
          messageExpression: `'only the deployers of the foundation change what is in ${SYSTEM_NAMESPACE}, and those of an environment its Falco rules; found ' + request.userInfo.username`,
        },
      ],
    });
    new ValidatingPolicy(this, 'no-entry', context, {
      purpose: 'nobody enters a pod that can see the node',
      matchConstraints: inNamespace(
        SYSTEM_NAMESPACE,
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CONNECT'],
          resources: ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy'],
        },
        { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
      ),
      validations: [{ expression: 'false', message: 'no exec, attach, port-forward, proxy or debug container here' }],
    });
  }
}
