import type { EnvironmentDeclaration } from '../../../lib';
import { KYVERNO_WEBHOOKS, LABEL } from '../../../lib/names';
import type { Manifest } from '../../../lib/synth/object';
import { Api } from '../../../proof/api';
import { PHASES } from '../../../proof/case';
import { copyName, copyOf } from '../../../proof/copy';
import { relocated } from '../../../proof/network/relocated';
import { Requests } from '../../../proof/requests';
import { type Outcome, Run } from '../../../proof/run';
import { takenAddresses } from '../../../proof/service-address';
import { objectsOf } from '../../support/environment';
import type { ApiServer } from '../cluster/api-server';

/** The registration of a Kyverno that asks these policies, and that nobody runs: what reaches it passed every policy. */
const webhooks = (environment: string, policies: readonly string[]): string =>
  JSON.stringify({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: KYVERNO_WEBHOOKS },
    webhooks: [
      {
        name: 'ivpol.validate.kyverno.svc-fail',
        failurePolicy: 'Fail',
        sideEffects: 'NoneOnDryRun',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 5,
        clientConfig: {
          service: { name: 'kyverno', namespace: 'kyverno', path: `/ivpol/validate/${policies.join('/')}` },
        },
        namespaceSelector: { matchLabels: { [LABEL.environment]: environment, [LABEL.governed]: 'agents' } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  });

interface Options {
  /** Changes the finished objects of the copy. @default - as they are */
  readonly spoil?: (objects: readonly Manifest[]) => readonly Manifest[];
  /** Seconds to wait for a control. */
  readonly patience: number;
}

/** Tries every case on a server without Kyverno, whose registration a stand-in puts down when policies are applied. */
export async function trial(
  server: ApiServer,
  declaration: EnvironmentDeclaration,
  { spoil = (all) => all, patience }: Options,
): Promise<Outcome> {
  const api = await Api.open({ kubeconfig: server.kubeconfig, kubectl: `${process.env.FIREPIT_KUBERNETES}/kubectl` });
  const requests = new Requests(api);
  try {
    const name = copyName(declaration.name);
    const copy = relocated(copyOf(declaration, name, await takenAddresses(requests)), name);
    const objects = objectsOf(copy) as Manifest[];
    const policies = objects
      .filter(({ kind }) => kind === 'ImageValidatingPolicy')
      .map(({ metadata }) => metadata.name);
    return await new Run({
      requests,
      declaration: copy,
      objects: spoil(objects),
      signal: new AbortController().signal,
      progress: (step) => {
        if (step === PHASES['in-force'])
          server.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], webhooks(name, policies));
      },
      patience,
    }).outcome();
  } finally {
    server.kubectl(['delete', 'validatingwebhookconfiguration', KYVERNO_WEBHOOKS, '--ignore-not-found']);
    api.close();
  }
}
