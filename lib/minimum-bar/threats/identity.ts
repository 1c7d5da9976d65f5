import type { Threat } from './threat';

/** Somebody is, holds or may what they should not. */
export const IDENTITY_THREATS: readonly Threat[] = [
  {
    id: 'credential-in-the-agent',
    title: 'A credential is within reach of an agent',
    attack:
      'A key stands in the environment, a volume, a projected token or a driver; a prompt makes the agent send it.',
    objects: [
      'Pod E/* spec.containers[].env[].valueFrom',
      'Pod E/* spec.volumes',
      'Pod E/* spec.containers[].volumeMounts',
    ],
    rules: ['agents-hold-no-credentials', 'agent-pods-are-declared', 'secrets-stay-out', 'identities-are-the-wardens'],
    refusal: 'ValidatingAdmissionPolicy E-agent-pods',
  },
  {
    id: 'stolen-sidecar-identity',
    title: 'An agent uses what belongs to its sidecar',
    attack:
      'The agent runs as the user of its sidecar, mounts its volumes, shares its processes, or asks its admin interface.',
    objects: [
      'Pod E/* spec.containers[].securityContext.runAsUser',
      'Pod E/* spec.shareProcessNamespace',
      'ConfigMap E/*-sidecar-* envoy.yaml admin',
    ],
    rules: ['agents-hold-no-credentials', 'sidecars-carry-identity', 'admin-answers-nobody', 'pods-share-nothing'],
    refusal: 'ValidatingAdmissionPolicy E-agent-pods',
  },
  {
    id: 'stolen-port',
    title: 'An agent takes the port of its sidecar',
    attack:
      'With SO_REUSEPORT, which Envoy uses by default, a process of the same user receives what is meant for the sidecar.',
    objects: ['ConfigMap E/*-sidecar-* envoy.yaml static_resources.listeners[].enable_reuse_port'],
    rules: ['ports-cannot-be-stolen', 'agents-hold-no-credentials'],
    refusal: 'the kernel: the second bind fails',
  },
  {
    id: 'ambient-credential',
    title: 'The cloud gives a pod credentials by itself',
    attack:
      'An annotation binds the service account to a role of the cloud, or an injector mounts a secret: nobody declared it, and the agent has it.',
    objects: ['ServiceAccount E/* metadata.annotations', 'Pod E/* metadata.annotations', 'ExternalSecret E/*'],
    rules: ['accounts-are-own', 'secrets-stay-out', 'agents-have-one-neighbour'],
    refusal:
      'ValidatingAdmissionPolicy E-controls (deployers alone), E-agent-pods (no volume, no variable by reference)',
  },
  {
    id: 'borrowed-account',
    title: 'A workload runs under the account of another',
    attack: 'A pod names the service account of an agent or of the warden, or gets a token for it by hand.',
    objects: ['Pod E*/* spec.serviceAccountName', 'ServiceAccount E*/*', 'serviceaccounts/token'],
    rules: ['accounts-are-own', 'agent-pods-are-declared', 'control-pods-are-exact', 'controls-are-locked'],
    refusal: 'ValidatingAdmissionPolicy E-agent-pods, E-control-pods, E-tokens',
  },
  {
    id: 'widened-rights',
    title: 'A role grants more than anybody needs',
    attack:
      'A wildcard, every Secret, exec, escalate or a role of the cluster is bound to an account of the environment.',
    objects: ['Role E*/* rules', 'RoleBinding E*/* subjects', 'ClusterRoleBinding E-*'],
    rules: ['rights-are-few', 'controls-are-locked', 'warden-only-suspends'],
    refusal: 'RBAC escalation check; ValidatingAdmissionPolicy E-controls, E-suspension-*',
  },
  {
    id: 'forged-certificate',
    title: 'Somebody has a certificate with the name of another',
    attack: 'A Certificate asks for the name of the governor, or a pod mounts the key of the authority.',
    objects: ['Certificate E-control/* spec.dnsNames', 'Issuer E-control/*', 'Pod E-control/* spec.volumes[].secret'],
    rules: ['keys-stay-in-control', 'controls-are-locked', 'callers-show-certificates'],
    refusal: 'ValidatingAdmissionPolicy E-controls',
  },
  {
    id: 'door-without-certificate',
    title: 'A door opens without asking who is there',
    attack: 'A listener takes plain requests, any certificate of the authority, or a route names no caller.',
    objects: ['ConfigMap E-control/gateway-* envoy.yaml', 'ConfigMap E/*-sidecar-* envoy.yaml'],
    rules: ['callers-show-certificates'],
    refusal: 'Envoy',
  },
  {
    id: 'unverified-upstream',
    title: 'A request goes to whoever answers',
    attack: 'A cluster has no TLS, no name or any authority: somebody between receives body and credential.',
    objects: ['ConfigMap E-control/gateway-* envoy.yaml static_resources.clusters[].transport_socket'],
    rules: ['upstreams-are-verified', 'exposure-is-declared'],
    refusal: 'Envoy',
  },
  {
    id: 'credential-to-the-wrong-host',
    title: 'A credential is sent to another upstream',
    attack: 'The key of one tool is added to requests for another, or an agent brings a key of its own.',
    objects: ['ConfigMap E-control/gateway-* sds-*.json', 'ConfigMap E-control/gateway-* envoy.yaml'],
    rules: ['credentials-go-to-their-upstream', 'credentials-stay-put'],
    refusal: 'Envoy',
  },
  {
    id: 'credential-spread',
    title: 'A part holds credentials that it does not need',
    attack: 'The governor mounts the keys of upstreams, a Secret stands in a manifest or in an environment variable.',
    objects: ['Pod E-control/* spec.volumes', 'Secret */* data', 'ConfigMap */* data'],
    rules: ['credentials-stay-put', 'secrets-stay-out'],
    refusal: 'ValidatingAdmissionPolicy E-no-data-in-secrets, E-legacy-tokens',
  },
  {
    id: 'changed-controls',
    title: 'A namespace administrator changes what governs',
    attack: 'Configuration, policies, roles, certificates or budgets are edited from inside the namespace.',
    objects: ['NetworkPolicy, ConfigMap, Role, RoleBinding, Certificate, Service in E and E-control'],
    rules: ['controls-are-locked', 'configuration-is-immutable'],
    refusal: 'ValidatingAdmissionPolicy E-controls',
  },
  {
    id: 'exec-into-a-pod',
    title: 'Somebody enters a running pod',
    attack: 'exec, attach, port-forward, proxy or an ephemeral container reads credentials or answers as the governor.',
    objects: ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'pods/ephemeralcontainers'],
    rules: ['nobody-enters-pods', 'pods-stay-unchanged'],
    refusal: 'ValidatingAdmissionPolicy E-no-exec, E-no-ephemeral-containers',
  },
  {
    id: 'side-door',
    title: 'People come in past the front door',
    attack:
      'A NodePort, a LoadBalancer, an Ingress or another host leads to a part without identity, decision and record; or a front that is meant for some pods of the cluster is open to others, or to the outside.',
    objects: [
      'Service E*/* spec.type',
      'Ingress E*/*',
      'HTTPRoute E-control/*',
      'Route E-control/*',
      'NetworkPolicy E-control/gateway, approvals spec.ingress',
    ],
    rules: ['exposure-is-declared', 'services-stay-inside', 'entries-are-declared'],
    refusal: 'ValidatingAdmissionPolicy E-controls; ResourceQuota (no NodePorts, no load balancers)',
  },
  {
    id: 'authorization-by-default',
    title: 'Authenticated means allowed',
    attack: 'The policy permits everything that has an identity, or more than was declared.',
    objects: ['ConfigMap E-control/governor-* policies.cedar', 'ConfigMap E-control/governor-* governor.json'],
    rules: ['policies-permit-the-declared', 'governor-knows-the-declaration'],
    refusal: 'the governor: what no policy permits is denied',
  },
  {
    id: 'work-split-over-agents',
    title: 'Agents do together what none of them may',
    attack:
      'One agent reads what must not leave and asks another one to send it; or they ask one another without end, or one asks whom it was not declared to ask.',
    objects: [
      'ConfigMap E-control/gateway-* envoy.yaml peers',
      'ConfigMap E-control/governor-* governor.json tools.*.agent, runs.depth',
    ],
    rules: [
      'upstreams-are-declared',
      'callers-show-certificates',
      'policies-permit-the-declared',
      'governor-knows-the-declaration',
    ],
    refusal: 'the governor: one run for all of them, judged as one sequence, of limited depth; Envoy: no route',
  },
  {
    id: 'name-of-another-provider',
    title: 'Somebody of one identity provider passes for somebody of another',
    attack: 'Two providers know a person or a group by the same name, and the rights of one are those of the other.',
    objects: ['ConfigMap E-control/governor-* governor.json users'],
    rules: ['governor-knows-the-declaration'],
    refusal:
      'the governor: the issuer of a token says which provider it is, and what its people are called starts with its name',
  },
  {
    id: 'configuration-in-place',
    title: 'Configuration changes under running pods',
    attack: 'A ConfigMap is edited, or lost and optional: what was reviewed is not what runs.',
    objects: ['ConfigMap E*/* immutable', 'Pod E*/* spec.volumes[].configMap.optional'],
    rules: ['configuration-is-immutable', 'containers-start-as-declared'],
    refusal: 'the API server: immutable ConfigMaps do not change',
  },
  {
    id: 'log-that-forgets',
    title: 'The audit log is lost, forked or written by others',
    attack: 'The log goes with its pod, two replicas write it, or an agent may append to it.',
    objects: ['StatefulSet E-control/ledger', 'ConfigMap E-control/ledger-* ledger.json'],
    rules: ['ledger-is-kept', 'bundled-state-only-reads', 'entries-are-declared'],
    refusal: 'mutual TLS of the ledger; the signed checkpoints show what was changed',
  },
  {
    id: 'silent-failure',
    title: 'A control fails and nobody notices',
    attack:
      'Falco is stopped, checkpoints end, approvals run out unanswered, an agent goes on with a token that is over; everything is quiet.',
    objects: [
      'PrometheusRule E-control/*',
      'PodMonitor E-control/*',
      'ConfigMap E-control/audit-policy-fragment',
      'ConfigMap E/*-sidecar-* envoy.yaml listeners health',
    ],
    rules: ['alarms-exist', 'warden-knows-the-agents', 'renewals-are-noticed'],
    refusal: 'none: alarms, and the watch of the warden on silence',
  },
  {
    id: 'reach-into-others',
    title: 'An environment governs namespaces of others',
    attack: 'A policy without namespace selector, or an object in another namespace, changes what holds elsewhere.',
    objects: [
      'ValidatingAdmissionPolicy E-* spec.matchConstraints.namespaceSelector',
      'objects outside E and E-control',
    ],
    rules: ['objects-stay-home', 'cluster-objects-stay-inside'],
    refusal: 'RBAC of whoever deploys',
  },
];
