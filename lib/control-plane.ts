import { Construct } from 'constructs';
import type { Context } from './context';
import type { EnvironmentDeclaration } from './declaration';
import { providersOf } from './declaration/people';
import { replicasOf } from './declaration/workload';
import { componentLabels, container, hardenedPod, healthProbe } from './isolation/pod';
import { HardenedDeployment, selectorOf } from './isolation/workload';
import { KubeObject, type Volume, type VolumeMount } from './k8s';
import { type Component, digestName, objectName, PORT, UID } from './names';

/** Replicas of the stateless parts: as soon as one agent has more than one, they have two. */
export const controlReplicas = (declaration: EnvironmentDeclaration): number =>
  Object.values(declaration.agents).some(({ workload }) => replicasOf(workload) > 1) ? 2 : 1;

/** Files of one Secret in a service's container. */
export const secretFiles = (
  name: string,
  secret: string,
  path: string,
  keys?: readonly string[],
): { readonly volume: Volume; readonly mount: VolumeMount } => ({
  volume: {
    name,
    secret: {
      secretName: secret,
      defaultMode: 0o440,
      ...(keys === undefined ? {} : { items: keys.map((key) => ({ key, path: key })) }),
    },
  },
  mount: { name, mountPath: path, readOnly: true },
});

/** An immutable configuration in a service's container. */
export const configFiles = (
  name: string,
  configMap: string,
  path: string,
): { readonly volume: Volume; readonly mount: VolumeMount } => ({
  volume: { name, configMap: { name: configMap, defaultMode: 0o440 } },
  mount: { name, mountPath: path, readOnly: true },
});

/** A token and CA for the API server, in one container alone. */
export const apiServerFiles = (): { readonly volume: Volume; readonly mount: VolumeMount } => ({
  volume: {
    name: 'api-server',
    projected: {
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      ],
    },
  },
  mount: { name: 'api-server', mountPath: '/var/run/firepit/api-server', readOnly: true },
});

/** Where the parts of a service's configuration are mounted. */
export const PATHS = {
  config: '/etc/firepit/config',
  policies: '/etc/firepit/policies',
  tls: '/etc/firepit/tls',
  page: '/etc/firepit/page',
  state: '/etc/firepit/state',
  telemetry: '/etc/firepit/telemetry',
  users: '/etc/firepit/users',
  apiServer: '/var/run/firepit/api-server',
} as const;

/** Own certificate of a part, as its configuration names it. */
export const ownTls = {
  certificate: `${PATHS.tls}/tls.crt`,
  key: `${PATHS.tls}/tls.key`,
  ca: `${PATHS.tls}/ca.crt`,
} as const;

/** Configuration and files by which a part reaches its state. */
export const stateAccess = ({ declaration, names }: Context) => {
  const { state } = declaration;
  const require = { fsync: true, synchronousCommit: true } as const;
  if (state.kind === 'bundled')
    return {
      // The client certificate authenticates; the server maps its name to the role.
      config: {
        host: names.service('postgres'),
        port: PORT.postgres,
        database: 'firepit',
        user: 'firepit',
        ca: ownTls.ca,
        require,
      },
      files: [],
    };
  const { at, password } = state;
  return {
    config: {
      host: at.kind === 'private' ? at.host : `${at.service}.${at.namespace}.svc`,
      port: at.port,
      database: state.database,
      user: state.user,
      passwordFile: `${PATHS.state}/password/${password.key}`,
      ...(at.ca === undefined ? {} : { ca: `${PATHS.state}/ca/${at.ca.key}` }),
      require,
    },
    files: [
      secretFiles('state-password', password.secret, `${PATHS.state}/password`, [password.key]),
      ...(at.ca === undefined ? [] : [secretFiles('state-ca', at.ca.secret, `${PATHS.state}/ca`, [at.ca.key])]),
    ],
  };
};

/** Configuration and files by which a part knows the people who ask. */
export const usersAccess = ({ declaration: { users } }: Context) => {
  const all = providersOf(users).map(([name, { issuer, audience, groupsClaim, at }]) => {
    const ca = at?.ca;
    const directory = name === undefined ? PATHS.users : `${PATHS.users}/${name}`;
    const volume = name === undefined ? 'users-ca' : `users-${objectName(name)}-ca`;
    return {
      config: {
        ...(name === undefined ? {} : { name }),
        issuer,
        audience,
        groupsClaim,
        ...(ca === undefined ? {} : { ca: `${directory}/${ca.key}` }),
      },
      files: ca === undefined ? [] : [secretFiles(volume, ca.secret, directory, [ca.key])],
    };
  });
  const [first, ...others] = all.map(({ config }) => config);
  return {
    config: { ...first, ...(others.length === 0 ? {} : { others }) },
    files: all.flatMap(({ files }) => files),
  };
};

/** Configuration and files by which a part exports telemetry. */
export const telemetryAccess = ({ declaration, names }: Context, component: Component) => {
  const { telemetry } = declaration.platform;
  return {
    config: {
      endpoint: {
        host: telemetry.kind === 'private' ? telemetry.host : `${telemetry.service}.${telemetry.namespace}.svc`,
        port: telemetry.port,
      },
      ...(telemetry.ca === undefined ? {} : { ca: `${PATHS.telemetry}/${telemetry.ca.key}` }),
      service: `firepit-${component}`,
      environment: names.environment,
      ...(component === 'governor' ? declaration.telemetry : {}),
    },
    files:
      telemetry.ca === undefined
        ? []
        : [secretFiles('telemetry-ca', telemetry.ca.secret, PATHS.telemetry, [telemetry.ca.key])],
  };
};

export interface ServiceProps {
  readonly component: Exclude<Component, 'gateway' | 'postgres'>;
  readonly purpose: string;
  readonly replicas: number;
  /** Files of the immutable configuration: name to content. */
  readonly config: Readonly<Record<string, string>>;
  /** Ports that its Service offers. */
  readonly ports: Readonly<Record<string, number>>;
  readonly files?: readonly { readonly volume: Volume; readonly mount: VolumeMount }[];
  readonly memory: string;
  readonly terminationGracePeriodSeconds?: number;
}

/** The pod of one of the product's own services. */
export const servicePod = (context: Context, props: ServiceProps) => {
  const config = digestName(props.component, props.config);
  const files = [
    configFiles('config', config, PATHS.config),
    secretFiles('tls', `${props.component}-tls`, PATHS.tls),
    ...(props.files ?? []),
  ];
  const labels = componentLabels(context, props.component);
  const pod = hardenedPod(context, {
    serviceAccount: props.component,
    containers: [
      container(context, {
        name: props.component,
        image: context.declaration.images.images[props.component],
        uid: UID.control,
        args: [`--config=${PATHS.config}/${props.component}.json`],
        ports: { ...props.ports, health: PORT.health, metrics: PORT.metrics },
        mounts: files.map(({ mount }) => mount),
        cpu: '250m',
        memory: props.memory,
        startup: { ...healthProbe('/ready', PORT.health, 2), failureThreshold: 60 },
        readiness: healthProbe('/ready', PORT.health),
        liveness: healthProbe('/live', PORT.health, 10),
      }),
    ],
    volumes: files.map(({ volume }) => volume),
    terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? 30,
    ...(props.replicas > 1 ? { spread: selectorOf(labels) } : {}),
  });
  return { config, labels, pod };
};

/** The immutable configuration of a part: a change is a new name, and so a rollout. */
export const immutableConfig = (
  scope: Construct,
  context: Context,
  component: string,
  namespace: string,
  data: Readonly<Record<string, string>>,
  id = 'config',
): KubeObject<'ConfigMap'> =>
  new KubeObject(scope, id, 'ConfigMap', {
    metadata: context.metadata(digestName(component, data), {
      namespace,
      purpose: `configuration of ${component}; immutable, named by its content`,
    }),
    immutable: true,
    data,
  });

/** Service and ServiceAccount of a part. */
export const frontOf = (
  scope: Construct,
  context: Context,
  component: Component,
  purpose: string,
  ports: Readonly<Record<string, number>>,
): void => {
  const namespace = context.names.control;
  new KubeObject(scope, 'account', 'ServiceAccount', {
    metadata: context.metadata(component, { namespace, purpose: `identity of the ${component}` }),
    automountServiceAccountToken: false,
  });
  new KubeObject(scope, 'service', 'Service', {
    metadata: context.metadata(component, { namespace, purpose }),
    spec: {
      type: 'ClusterIP',
      selector: selectorOf(componentLabels(context, component)),
      ports: Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: port, protocol: 'TCP' })),
    },
  });
};

/** A stateless part of the control plane: configuration, Deployment, Service, account. */
export class ControlService extends Construct {
  constructor(scope: Construct, id: string, context: Context, props: ServiceProps) {
    super(scope, id);
    const { component, purpose, replicas } = props;
    immutableConfig(this, context, component, context.names.control, props.config);
    const { labels, pod } = servicePod(context, props);
    frontOf(this, context, component, purpose, props.ports);
    new HardenedDeployment(this, 'Default', context, {
      name: component,
      namespace: context.names.control,
      purpose,
      replicas,
      labels,
      pod,
      usesProductImages: true,
    });
  }
}
