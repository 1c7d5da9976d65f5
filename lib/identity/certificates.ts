import { Construct } from 'constructs';
import type { Context } from '../context';
import { entriesOf } from '../entries';
import { KubeObject } from '../k8s';
import { type Component, objectName } from '../names';

const KEY = { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' } as const;

interface Leaf {
  readonly name: string;
  readonly purpose: string;
  readonly dnsNames: readonly string[];
  readonly issuer?: { readonly kind: string; readonly name: string };
}

/** Name of the Secret in `E-control` that cert-manager fills with an agent's leaf certificate. */
export const agentLeaf = (agent: string): string => `agent-${objectName(agent)}-tls`;

/** Name of the Secret in `E-control` that cert-manager fills with the leaf certificate of a model of one's own. */
export const modelLeaf = (model: string): string => `model-${objectName(model)}-tls`;

/**
 * One certificate authority per environment, whose key exists in `E-control` alone. Every part has a leaf of a day,
 * renewed by cert-manager; the warden hands agents theirs, and takes them back.
 */
export class Certificates extends Construct {
  private readonly context: Context;

  constructor(scope: Construct, id: string, context: Context, parts: readonly Component[]) {
    super(scope, id);
    this.context = context;
    const { names, declaration } = context;
    const namespace = names.control;
    this.issuer('bootstrap', 'signs the authority once', { selfSigned: {} });
    new KubeObject(this, 'authority', 'Certificate', {
      metadata: context.metadata('ca', { namespace, purpose: "the environment's certificate authority" }),
      spec: {
        isCA: true,
        commonName: `${names.environment} firepit`,
        secretName: 'ca',
        duration: '8760h',
        renewBefore: '2160h',
        privateKey: KEY,
        usages: ['cert sign', 'crl sign'],
        issuerRef: { group: 'cert-manager.io', kind: 'Issuer', name: 'bootstrap' },
      },
    });
    this.issuer('ca', "issues the leaves of the environment's parts", { ca: { secretName: 'ca' } });
    for (const part of parts)
      this.leaf({ name: `${part}-tls`, purpose: `identity of the ${part}`, dnsNames: [names.service(part)] });
    for (const { name, host, certificate } of entriesOf(declaration))
      this.leaf({ name: `${name}-front-tls`, purpose: `what people see at ${host}`, ...certificate });
    for (const agent of Object.keys(declaration.agents))
      this.leaf({
        name: agentLeaf(agent),
        purpose: `identity of the agent ${agent}; the warden hands it over`,
        dnsNames: [names.agentHost(agent)],
      });
    for (const [model] of context.models)
      this.leaf({
        name: modelLeaf(model),
        purpose: `identity of the model ${model}; the warden hands it over`,
        dnsNames: [names.modelHost(model)],
      });
  }

  private issuer(name: string, purpose: string, spec: Readonly<Record<string, unknown>>): void {
    new KubeObject(this, `issuer-${name}`, 'Issuer', {
      metadata: this.context.metadata(name, { namespace: this.context.names.control, purpose }),
      spec,
    });
  }

  private leaf({ name, purpose, dnsNames, issuer }: Leaf): void {
    const front = issuer !== undefined;
    new KubeObject(this, name, 'Certificate', {
      metadata: this.context.metadata(name, { namespace: this.context.names.control, purpose }),
      spec: {
        secretName: name,
        dnsNames,
        ...(issuer?.kind === 'ClusterIssuer' ? {} : { duration: '24h', renewBefore: '8h' }),
        privateKey: KEY,
        usages: front ? ['digital signature', 'server auth'] : ['digital signature', 'server auth', 'client auth'],
        issuerRef: { group: 'cert-manager.io', ...(issuer ?? { kind: 'Issuer', name: 'ca' }) },
      },
    });
  }
}
