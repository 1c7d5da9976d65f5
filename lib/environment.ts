import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { AgentPods } from './admission/agent-pods';
import { ASKED_OF_MODELS, asksOf } from './admission/asks';
import { ControlPods } from './admission/control-pods';
import { Controls } from './admission/controls';
import { FoundationKnown } from './admission/foundation-known';
import { ModelPods } from './admission/model-pods';
import { PodsUnchanged } from './admission/unchanged';
import { AgentWorkload } from './agent';
import { ApprovalsService } from './approvals';
import { type Context, contextOf } from './context';
import { BundledDatabase } from './database';
import type { EnvironmentDeclaration } from './declaration';
import { checkDeclaration } from './declaration/environment';
import { entriesOf } from './entries';
import { Gateway } from './gateway';
import { Governor } from './governor';
import { AuditPolicyFragment } from './identity/audit-policy';
import { Certificates } from './identity/certificates';
import { GatewayAddress } from './isolation/gateway-address';
import { Namespaces } from './isolation/namespaces';
import { NetworkPolicies } from './isolation/network-policies';
import { addDemand, type Demand, Quota } from './isolation/quota';
import type { PodSpec } from './k8s';
import { Ledger } from './ledger';
import { type BarReport, checkBar, type Manifest } from './minimum-bar';
import { podTemplatesOf } from './minimum-bar/pods';
import { ModelServing } from './model-server';
import { type Component, modelLabel } from './names';
import { Alerts } from './observability/alerts';
import { Dashboard } from './observability/dashboard';
import { Scrape } from './observability/scrape';
import { Containment } from './runtime/containment';
import { FalcoRules, falcoNotices } from './runtime/falco';
import { Suspension } from './runtime/suspension';
import { Models } from './supply-chain/models';
import { Signatures } from './supply-chain/signatures';
import { finished, isEnvironment, refuseBelowBar } from './synth/judging';
import { currentSession } from './synth/session';
import { Warden } from './warden';

/** What makes pods in a namespace, as its construct wrote it. */
interface Workload {
  readonly name: string;
  /** Pods at the same time. */
  readonly replicas: number;
  readonly pod: PodSpec;
  /** Names of the volumes that its pods claim. */
  readonly claims: readonly string[];
}
interface Written {
  readonly replicas?: number;
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

/**
 * A governed environment: its namespaces and what belongs to them, from one declaration. Below the minimum bar it
 * refuses to be synthesized, whichever App holds it; objects added or patched by hand are judged like its own.
 */
export class AgentEnvironment extends Chart {
  readonly declaration: EnvironmentDeclaration;
  /** What a reader of the output should know, such as an agent that Falco cannot watch. */
  readonly notices: readonly string[];

  /** @throws DeclarationError when the declaration is not valid, however it was made */
  constructor(scope: Construct, declaration: EnvironmentDeclaration) {
    const valid = checkDeclaration(declaration);
    const checked = currentSession()?.declared?.(valid) ?? valid;
    super(scope, checked.name, { disableResourceNameHashes: true });
    this.declaration = checked;
    const context = contextOf(checked);
    this.notices = falcoNotices(context);
    new Namespaces(this, 'namespaces', context);
    this.isolation(context);
    this.supplyChain(context);
    this.runtime(context);
    this.identity(context);
    this.people(context);
    this.observability(context);
    new ControlPods(this, 'control-pods', context, this.workloads(context.names.control));
    for (const namespace of [...context.governed, context.names.control])
      new Quota(this, `quota-${namespace}`, context, namespace, this.demand(namespace), this.asks(context, namespace));
    refuseBelowBar(this);
  }

  /** The finished objects, patches included. */
  objects(): Manifest[] {
    return finished(this.node.findAll());
  }

  /** Judges the finished objects, and what else its app holds, against the minimum bar. */
  check(): BarReport {
    const everything = this.node.root.node.findAll();
    const others = everything.filter((node) => isEnvironment(node) && node !== this);
    const foreign = new Set(others.flatMap((environment) => environment.node.findAll()));
    return checkBar(this.declaration, finished(everything.filter((node) => !foreign.has(node))));
  }

  private isolation(context: Context): void {
    new NetworkPolicies(this, 'network', context);
    new GatewayAddress(this, 'gateway-address', context);
    new PodsUnchanged(this, 'unchanged', context);
    new Controls(this, 'controls', context);
    if (this.declaration.platform.foundation === true) new FoundationKnown(this, 'foundation', context);
    context.platform.denyQuarantined(this, context);
    new Gateway(this, 'gateway', context);
    const agents = Object.entries(this.declaration.agents).map(([name, agent]) => ({
      agent: name,
      sidecarConfig: new AgentWorkload(this, `agent-${name}`, context, name, agent).sidecarConfig,
    }));
    new AgentPods(this, 'agent-pods', context, agents);
    this.models(context);
    for (const entry of entriesOf(this.declaration)) if (entry.outside) context.platform.expose(this, context, entry);
  }

  private models(context: Context): void {
    if (context.models.length === 0) return;
    const pods = context.models.map(([name, model]) => ({
      label: modelLabel(name),
      pod: new ModelServing(this, `model-${name}`, context, name, model).pod,
    }));
    new ModelPods(this, 'model-pods', context, pods);
  }

  /** Resources of which the pods of a namespace ask until they are admitted. */
  private asks(context: Context, namespace: string): readonly string[] {
    if (namespace === context.names.control) return [];
    return namespace === context.names.models ? asksOf(context, ASKED_OF_MODELS) : asksOf(context);
  }

  private supplyChain(context: Context): void {
    new Signatures(this, 'signatures', context);
    new Models(this, 'models', context);
  }

  private runtime(context: Context): void {
    new FalcoRules(this, 'falco', context);
    new Warden(this, 'warden', context);
    new Containment(this, 'containment', context);
    new Suspension(this, 'suspension', context);
  }

  private identity(context: Context): void {
    const { state } = this.declaration;
    const parts: Component[] = [
      'gateway',
      'governor',
      'approvals',
      'warden',
      'ledger',
      ...(state.kind === 'bundled' ? (['postgres'] as const) : []),
    ];
    new Certificates(this, 'certificates', context, parts);
    new Governor(this, 'governor', context);
    new Ledger(this, 'ledger', context);
    if (state.kind === 'bundled') new BundledDatabase(this, 'database', context, state.size);
    new AuditPolicyFragment(this, 'audit', context);
  }

  private people(context: Context): void {
    new ApprovalsService(this, 'approvals', context);
  }

  private observability(context: Context): void {
    new Scrape(this, 'scrape', context);
    new Alerts(this, 'alerts', context);
    new Dashboard(this, 'dashboard', context);
  }

  private demand(namespace: string): Demand {
    const demand: Demand = { pods: 0, milliCpu: 0, mebibytes: 0 };
    for (const { pod, replicas } of this.workloads(namespace))
      addDemand(demand, replicas, [...pod.containers, ...(pod.initContainers ?? [])]);
    return demand;
  }

  private workloads(namespace: string): readonly Workload[] {
    return this.node
      .findAll()
      .filter(ApiObject.isApiObject)
      .filter(({ metadata }) => metadata.namespace === namespace)
      .flatMap((node) => {
        const { spec } = (node as unknown as { readonly props: { readonly spec?: Written } }).props;
        const { apiVersion, kind, name } = node;
        return podTemplatesOf({ apiVersion, kind, metadata: { name, namespace }, spec }).map((template) => ({
          name,
          replicas: spec?.replicas ?? 1,
          pod: template.spec as PodSpec,
          claims: (spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
        }));
      });
  }
}
