import { type EnvironmentDeclaration, Isolation } from '../../../lib';
import { type Cases, type Draft, draft } from '../../support/bar';
import { changed } from '../../support/desk';
import { plainContracts } from '../../support/own-models';

// biome-ignore lint/suspicious/noExplicitAny: Envoy configuration by hand
type Any = any;
const SIDECAR = 'triage-sidecar';

const once = (make: () => EnvironmentDeclaration): (() => EnvironmentDeclaration) => {
  let made: EnvironmentDeclaration | undefined;
  return () => {
    made ??= make();
    return made;
  };
};
const walled = once(() => changed((d) => Object.assign(d.agents.triage, { isolation: Isolation.gvisor() })));
const virtual = once(() => changed((d) => Object.assign(d.agents.triage, { isolation: Isolation.kata() })));
const walledModel = once(() =>
  changed((d) => {
    for (const model of Object.values<Any>(d.models)) model.server.isolation = Isolation.gvisor();
  }, plainContracts()),
);

const change = (of: () => EnvironmentDeclaration, by: (d: Draft) => void) => ({ of, change: by });
const inWalled = (by: (d: Draft) => void) => change(walled, by);
const filters = (by: (filters: Any[]) => void) =>
  inWalled((d) => d.listener(SIDECAR, 'health', (_l, manager) => by(manager.http_filters)));
const sidecar = (by: (container: Any) => void) => inWalled((d) => by(d.pod('triage').initContainers[0]));
/** A change to what a file of the sidecar says of one secret. */
const secret = (name: string, by: (secret: Any) => void) =>
  inWalled((d) => d.json(SIDECAR, `sds-${name}.json`, (file) => by(file.resources[0])));
const MOUNTED = { path: '/var/run/firepit/identity' };

/** The rule about sidecars that nobody tells of new files. */
export const renewals: Cases = {
  'renewals-are-noticed': {
    noncompliance: {
      'the sidecar of an agent on the kernel of the node': inWalled((d) => {
        Object.assign(d.get('ConfigMap', SIDECAR), { data: draft().get('ConfigMap', SIDECAR).data });
      }),
      'no notice': filters((all) => all.shift()),
      'a notice after the answer': filters((all) => all.splice(0, 2, all[1], all[0])),
      'a notice that is switched off': filters((all) => Object.assign(all[0], { disabled: true })),
      'a script that does something else': filters((all) =>
        Object.assign(all[0].typed_config.default_source_code, { inline_string: 'function envoy_on_request() end' }),
      ),
      'no health port': inWalled((d) =>
        d.json(SIDECAR, 'envoy.yaml', (config) => {
          config.static_resources.listeners = config.static_resources.listeners.filter((l: Any) => l.name !== 'health');
        }),
      ),
      'a certificate that waits for kubelet': secret('identity', (s) =>
        Object.assign(s.tls_certificate, { watched_directory: MOUNTED }),
      ),
      'authorities that wait for kubelet': secret('ca', (s) => {
        delete s.validation_context.watched_directory;
      }),
      'a token that waits for kubelet': secret('token', (s) =>
        Object.assign(s.generic_secret.secret, { filename: '/var/run/firepit/token/token' }),
      ),
      'a description that waits for kubelet': inWalled((d) =>
        d.listener(SIDECAR, 'inbound', (listener) => {
          const { common_tls_context: tls } = listener.filter_chains[0].transport_socket.typed_config;
          tls.tls_certificate_sds_secret_configs[0].sds_config.path_config_source.watched_directory = MOUNTED;
        }),
      ),
      'nobody probes it': sidecar((container) => {
        delete container.readinessProbe;
        delete container.livenessProbe;
      }),
      'a disk of the node': inWalled((d) => {
        for (const volume of d.pod('triage').volumes) if (volume.emptyDir?.medium) delete volume.emptyDir.medium;
      }),
      'memory that it may not write': sidecar((container) => {
        for (const mount of container.volumeMounts) mount.readOnly = true;
      }),
      'the same under Kata': change(virtual, (d) => d.listener(SIDECAR, 'health', (_l, m) => m.http_filters.shift())),
      'the same of a model': change(walledModel, (d) => {
        const maps = d.objects.filter((o) => o.kind === 'ConfigMap' && o.data?.['envoy.yaml']?.includes('.lua.'));
        for (const map of maps) map.data['envoy.yaml'] = map.data['envoy.yaml'].replaceAll('os.rename', 'os.remove');
      }),
    },
    compliance: {
      gVisor: { of: walled },
      Kata: { of: virtual },
      'a model in gVisor': { of: walledModel },
      'no probe of its life, as long as its readiness is asked': sidecar((container) => {
        delete container.livenessProbe;
      }),
    },
  },
};
