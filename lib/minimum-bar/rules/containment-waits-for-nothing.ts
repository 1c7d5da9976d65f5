import { LABEL } from '../../names';
import type { AdmissionRequest } from '../match';
import { constraintsMatch } from '../match';
import type { PodTemplate } from '../pods';
import { podRequest, podUpdate, serviceAccount, withLabels, withMetadata } from '../probes';
import { suspension } from '../suspensions';
import type { Manifest, Problem, Rule } from '../types';
import { at, list, record, records } from '../values';
import type { View } from '../view';
import { type Attack, refused } from './_probe';

/** What the warden and the cluster do when they contain an agent. */
const steps = (view: View, template: PodTemplate): readonly Attack[] => {
  const warden = serviceAccount(view.names.control, 'warden');
  const created = podRequest(view, template);
  const finished = podRequest(
    view,
    template,
    withMetadata(() => ({ finalizers: ['batch.kubernetes.io/job-tracking'] })),
  );
  const { object, ...rest } = created;
  const deletion: AdmissionRequest = { ...rest, operation: 'DELETE', oldObject: object ?? {}, user: warden };
  return [
    { what: 'the quarantine label', request: podUpdate(created, withLabels({ [LABEL.quarantine]: 'true' }), warden) },
    {
      what: 'a finalizer that goes',
      request: podUpdate(
        finished,
        withMetadata(() => ({ finalizers: [] })),
      ),
    },
    {
      what: 'the status of an ending pod',
      request: podUpdate(created, (pod) => ({ ...pod, status: {} }), undefined, 'pods/status'),
    },
    { what: 'the deletion of a pod', request: deletion },
    { what: 'the suspension of an agent', request: suspension(view, template) },
  ].map((step) => ({ ...step, what: `${step.what} while everything else is down`, world: down(view) }));
};

/** Nothing that a policy could have as parameter is there. */
const down = (view: View) =>
  [
    ...view.all('', 'ConfigMap'),
    ...view.all('', 'Service'),
    ...view.all('policies.kyverno.io', 'ImageValidatingPolicy'),
  ].map((o) => ({ ...o, absent: true }));

/** Policies with a parameter, or run by Kyverno, that look at what containment does. */
const dependent = (view: View, template: PodTemplate): Problem[] => {
  const requests = steps(view, template).map(({ request }) => request);
  const looksAt = (policy: Manifest): boolean =>
    requests.some((r) => constraintsMatch(record(policy.spec).matchConstraints, r, view.namespaceLabels));
  const parameterised = ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy']
    .flatMap((kind) => view.all('admissionregistration.k8s.io', kind))
    .filter((p) => record(p.spec).paramKind !== undefined && looksAt(p));
  const kyverno = view.objects.filter((o) => String(o.apiVersion).includes('kyverno.io/') && looksAt(o));
  return [...parameterised, ...kyverno].map((object) => ({
    object,
    path: 'spec.matchConstraints.resourceRules',
    problem: 'it is asked when an agent is labelled, scaled or deleted, and needs something that can be down',
  }));
};

/** Kyverno derives rules for controllers unless told not to: those are asked when a workload is scaled. */
const derived = (view: View): Problem[] =>
  view
    .all('policies.kyverno.io', 'ImageValidatingPolicy')
    .filter((p) => {
      const controllers = at(p.spec, 'autogen', 'podControllers', 'controllers');
      return controllers === undefined || list(controllers).length > 0;
    })
    .map((object) => ({
      object,
      path: 'spec.autogen.podControllers.controllers',
      problem: 'Kyverno derives rules for controllers from it, which are asked when an agent is scaled down',
    }));

const webhooks = (view: View): Problem[] =>
  view.objects
    .filter((o) => /^(Validating|Mutating)WebhookConfiguration$/.test(o.kind))
    .map((object) => ({
      object,
      path: '',
      problem: `it puts ${records(object.webhooks).length || 'no'} webhooks between the warden and the API server`,
    }));

export const rule: Rule = {
  id: 'containment-waits-for-nothing',
  layer: 'runtime',
  info: 'Labelling, scaling or deleting an agent asks something that can be down: a parameter, Kyverno, a webhook.',
  explanation:
    'a guard on UPDATE disarms the kill switch exactly when an attacker has taken the guard down: the label is refused and the pod stays',
  fix: 'match CREATE of pods only wherever a parameter, Kyverno or a webhook is asked',
  check: (view) => [
    ...view.governedPods.flatMap((t) => [...dependent(view, t), ...refused(view, steps(view, t))]),
    ...derived(view),
    ...webhooks(view),
  ],
};
