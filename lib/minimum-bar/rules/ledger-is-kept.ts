import { ledgerConfig } from '../../../contract';
import { expectedLedger, fileProblems } from '../expected';
import type { PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { at, records, show, strings } from '../values';
import type { View } from '../view';

/** The one workload whose data must outlive its pods. */
const podProblems = (view: View, pod: PodTemplate): Problem[] => {
  const spec = pod.owner.spec;
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: pod.owner, path, problem });
  };
  if (pod.owner.kind !== 'StatefulSet') here('kind', `a ${pod.owner.kind} gives it no lasting volume`);
  if (at(spec, 'replicas') !== 1) here('spec.replicas', `${show(at(spec, 'replicas'))} replicas would write one log`);
  const claims = records(at(spec, 'volumeClaimTemplates'));
  const directory = at(view.configuration('ledger', 'ledger.json')?.value, 'directory');
  const mounted = pod.containers
    .flatMap(({ container }) => records(container.volumeMounts))
    .find((m) => m.mountPath === directory);
  const claim = claims.find((c) => at(c, 'metadata', 'name') === mounted?.name);
  if (claim === undefined) here('spec.volumeClaimTemplates', `no claimed volume is mounted at ${show(directory)}`);
  else if (strings(at(claim, 'spec', 'accessModes')).join() !== 'ReadWriteOncePod')
    here('spec.volumeClaimTemplates', 'other pods could mount the log');
  for (const when of ['whenDeleted', 'whenScaled'])
    if (at(spec, 'persistentVolumeClaimRetentionPolicy', when) !== 'Retain')
      here(`spec.persistentVolumeClaimRetentionPolicy.${when}`, 'the log goes with the StatefulSet');
  return out;
};

const interval = (view: View): Problem[] => {
  const file = view.configuration('ledger', 'ledger.json');
  const seconds = Number(at(file?.value, 'checkpointSeconds'));
  return file === undefined || seconds <= 60
    ? []
    : [
        {
          object: file.map,
          path: "data['ledger.json'].checkpointSeconds",
          problem: `it signs every ${seconds} s only`,
        },
      ];
};

export const rule: Rule = {
  id: 'ledger-is-kept',
  layer: 'identity',
  info: 'The audit log has no volume that outlives its pods, more than one writer, or other readers and writers than declared.',
  explanation: 'a log that goes with its pod, or that somebody else may write, is no evidence',
  fix: 'keep the ledger a StatefulSet of one replica on a claimed volume that is retained, with the writers the environment names',
  check: (view) => [
    ...view.component('ledger').flatMap((pod) => podProblems(view, pod)),
    ...fileProblems(
      view,
      'ledger.json',
      view.configuration('ledger', 'ledger.json'),
      ledgerConfig,
      expectedLedger(view),
    ),
    ...interval(view),
  ],
};
