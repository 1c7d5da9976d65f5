import { LABEL } from '../../names';
import type { PodTemplate } from '../pods';
import { kyvernoWebhooks, podRequest } from '../probes';
import { NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { at, record, string } from '../values';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

/** The record that the warden writes, as its configuration names it. */
export const recordOf = (view: View): { readonly namespace: string; readonly name: string } | undefined => {
  const value = view.configuration('warden', 'warden.json')?.value;
  const [namespace, name] = [string(at(value, 'record', 'namespace')), string(at(value, 'record', 'configMap'))];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
};

const attacks = (
  view: View,
  template: PodTemplate,
  { namespace, name }: { namespace: string; name: string },
): readonly Attack[] => {
  const record = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } };
  const agent = template.labels[LABEL.agent] ?? '';
  return [
    {
      what: `a new pod of ${agent} while the record names it`,
      request: podRequest(view, template),
      world: [kyvernoWebhooks(view), { ...record, data: { [agent]: '{}' } }],
    },
    {
      what: `a new pod of ${agent} while the record names it in words nobody understands`,
      request: podRequest(view, template),
      world: [kyvernoWebhooks(view), { ...record, data: { [agent]: 'unreadable', other: '{}' } }],
    },
    {
      what: `a new pod of ${agent} while the record is absent`,
      request: podRequest(view, template),
      world: [kyvernoWebhooks(view), { ...record, absent: true }],
    },
  ];
};

const recordProblems = (view: View, { namespace, name }: { namespace: string; name: string }): Problem[] => {
  const object = view.find('', 'ConfigMap', namespace, name);
  if (namespace !== view.names.control || object === undefined)
    return [
      {
        object: `ConfigMap ${namespace}/${name}`,
        path: '',
        problem: 'the containment record is not among the objects',
      },
    ];
  return ['data', 'binaryData', 'immutable']
    .filter(
      (field) =>
        object[field] !== undefined && Object.keys(record(object[field])).length + Number(object[field] === true) > 0,
    )
    .map((field) => ({
      object,
      path: field,
      problem: `the record carries ${field}: applying the manifests again would release what it holds, or the warden could not write it`,
    }));
};

export const rule: Rule = {
  id: 'containment-holds',
  layer: 'runtime',
  info: 'A contained agent gets new pods: from a controller, an autoscaler, a re-apply or its owner.',
  explanation: 'a kill that a ReplicaSet undoes in a second is none; only admission refuses whoever asks',
  fix: 'keep the admission policy whose parameter is the containment record, with parameterNotFoundAction: Deny, and the record without data',
  check: (view) => {
    if (view.governedPods.length === 0) return NOT_APPLICABLE;
    const record = recordOf(view);
    if (record === undefined)
      return [
        { object: `Namespace ${view.names.control}`, path: '', problem: 'no warden says which record it writes' },
      ];
    return [
      ...recordProblems(view, record),
      ...view.governedPods.flatMap((template) => admitted(view, template.owner, attacks(view, template, record))),
    ];
  },
};
