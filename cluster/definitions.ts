import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from './modules';
import { DEFINITIONS } from './versions';

type Source = keyof typeof DEFINITIONS;

/** Files with definitions by the module that brings them. */
const FILES: Readonly<Record<Source, { readonly path: string; readonly names: readonly string[] }>> = {
  kyverno: {
    path: 'config/crds',
    names: [
      'policies.kyverno.io/policies.kyverno.io_imagevalidatingpolicies',
      'policies.kyverno.io/policies.kyverno.io_policyexceptions',
      'kyverno/kyverno.io_policyexceptions',
    ],
  },
  certManager: {
    path: 'deploy/crds',
    names: ['certificates', 'certificaterequests', 'issuers', 'clusterissuers'].map(
      (name) => `cert-manager.io_${name}`,
    ),
  },
  gatewayApi: {
    path: 'config/crd/standard',
    names: ['gateways', 'httproutes', 'backendtlspolicies'].map((name) => `gateway.networking.k8s.io_${name}`),
  },
  agentSandbox: { path: 'k8s/crds', names: ['agents.x-k8s.io_sandboxes'] },
  networkPolicyApi: { path: 'config/crd/standard', names: ['policy.networking.k8s.io_clusternetworkpolicies'] },
  // OpenShift serves the experimental form, which knows networks.
  adminNetworkPolicy: { path: 'config/crd/experimental', names: ['policy.networking.k8s.io_adminnetworkpolicies'] },
  prometheusOperator: {
    path: 'example/prometheus-operator-crd',
    names: ['podmonitors', 'prometheusrules'].map((name) => `monitoring.coreos.com_${name}`),
  },
  falcoOperator: { path: 'chart/falco-operator/crds', names: ['artifact.falcosecurity.dev_rulesfiles'] },
};

/** Definitions that no module brings, by name; a folder has them. */
const ELSEWHERE = ['routes.route.openshift.io'];

/** Definitions of custom resources, and those that could not be had. */
export interface Definitions {
  /** Each a YAML document with one CustomResourceDefinition. */
  readonly documents: readonly string[];
  /** What is not there and why; whoever needs it says so, and passes nothing. */
  readonly missing: readonly string[];
}

const nameOf = (document: string): string | undefined => document.match(/^ {2}name: (\S+)$/m)?.[1];

/** Definitions in the folder that FIREPIT_CRDS names. */
function inFolder(folder: string | undefined, wanted: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  if (folder === undefined || !existsSync(folder)) return found;
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => /\.ya?ml$/.test(f))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const name = nameOf(text) ?? '';
    if (text.includes('kind: CustomResourceDefinition') && wanted.includes(name)) found.set(name, text);
  }
  return found;
}

/**
 * What the API server must know beyond its own kinds: from the modules of those who define them, else from the folder
 * that FIREPIT_CRDS names.
 */
export function definitions(folder = process.env.FIREPIT_CRDS, folderOf = moduleFolder): Definitions {
  const documents: string[] = [];
  const missing: string[] = [];
  for (const [source, { path, names }] of Object.entries(FILES)) {
    const { module, version } = DEFINITIONS[source as Source];
    try {
      const at = folderOf(module, version);
      for (const name of names) documents.push(readFileSync(join(at, path, `${name}.yaml`), 'utf8'));
    } catch (error) {
      missing.push(`${names.join(', ')}: ${(error as Error).message}`);
    }
  }
  const found = inFolder(folder, ELSEWHERE);
  for (const name of ELSEWHERE) {
    const document = found.get(name);
    if (document !== undefined) documents.push(document);
    else missing.push(`${name}: no Go module has it; name a folder with its definition in FIREPIT_CRDS`);
  }
  return { documents, missing };
}
