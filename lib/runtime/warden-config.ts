import { CONTRACT_VERSION, type WardenConfig, wardenConfig } from '../../contract';
import type { Context } from '../context';
import { ownTls, PATHS, stateAccess, telemetryAccess } from '../control-plane';
import type { Agent, ModelServer } from '../declaration';
import { agentLeaf, modelLeaf } from '../identity/certificates';
import { LABEL, modelLabel, objectName, PORT } from '../names';
import { workloadObject } from '../workload-object';
import { CA_BUNDLE, CONTAINMENT_RECORD, identitySecret } from './objects';
import { watched } from './watched';

/** Where the CA of Falco's certificate is mounted. */
export const FALCO_CA_PATH = '/etc/firepit/falco';
/** After so long without a sign of life from a watched agent's pods, the detector counts as blind. */
const SILENCE_SECONDS = 60;
/** Kills of its own accord; beyond it the warden asks a person. */
const KILLS_PER_HOUR = 10;

/** What the warden suspends to keep an agent from coming back. */
const suspended = (declared: string, agent: Agent): WardenConfig['agents'][string]['workload'] => {
  const { kind, name } = workloadObject(declared, agent);
  return { kind, name };
};

/** A model of one's own is contained as an agent is. */
const servedModel = ({ names }: Context, name: string, server: ModelServer): WardenConfig['agents'][string] => ({
  namespace: names.models,
  workload: { kind: 'Deployment', name: objectName(name) },
  watched: watched(server),
  identity: {
    source: { namespace: names.control, secret: modelLeaf(name) },
    target: { namespace: names.models, secret: identitySecret(name) },
  },
});

/** The warden's configuration: whom it may act on, who may tell it to, and how far it goes by itself. */
export const wardenConfigOf = (context: Context): WardenConfig => {
  const { declaration, names } = context;
  return wardenConfig.parse({
    version: CONTRACT_VERSION,
    environment: names.environment,
    listen: { https: PORT.https, back: PORT.back, health: PORT.health, metrics: PORT.metrics },
    tls: ownTls,
    agents: {
      ...Object.fromEntries(
        context.models.map(([name, { server }]) => [modelLabel(name), servedModel(context, name, server)]),
      ),
      ...Object.fromEntries(
        Object.entries(declaration.agents).map(([name, agent]) => [
          objectName(name),
          {
            namespace: names.agents,
            workload: suspended(name, agent),
            watched: watched(agent),
            identity: {
              source: { namespace: names.control, secret: agentLeaf(name) },
              target: { namespace: names.agents, secret: identitySecret(name) },
            },
          },
        ]),
      ),
    },
    alerts: {
      clientCa: `${FALCO_CA_PATH}/ca.crt`,
      // Falco has one output for every environment of a cluster; the namespace tells whose alert it is.
      environmentField: 'k8s.ns.name',
      silenceSeconds: SILENCE_SECONDS,
    },
    signals: { governor: names.service('governor'), approvals: names.service('approvals') },
    record: { namespace: names.control, configMap: CONTAINMENT_RECORD },
    quarantineLabel: LABEL.quarantine,
    caBundle: { namespace: names.control, configMap: CA_BUNDLE },
    limits: { killsPerHour: KILLS_PER_HOUR, releaseQuorum: 2 },
    token: { credential: `${PATHS.apiServer}/token`, ca: `${PATHS.apiServer}/ca.crt` },
    state: stateAccess(context).config,
    telemetry: telemetryAccess(context, 'warden').config,
  });
};
