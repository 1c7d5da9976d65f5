import { METRICS } from '../../../contract';
import { LABEL } from '../../names';
import { selects } from '../selectors';
import type { Problem, Rule } from '../types';
import { at, records, string, strings } from '../values';
import type { View } from '../view';

const GROUP = 'monitoring.coreos.com';

/** What must never be silent, and the metric that tells. */
const WANTED: readonly (readonly [what: string, metric: string])[] = [
  ['an agent is contained', METRICS.contained],
  ['the detector is silent', METRICS.detectorSilence],
  ['the audit log signs no checkpoints', METRICS.checkpointAge],
  ['approvals run out', METRICS.approvals],
  ['a tool changed', METRICS.toolChanges],
  ['the control plane is down', 'up{'],
];

const seconds = (duration: unknown): number => {
  const match = /^(\d+)(s|m|h)$/.exec(string(duration) ?? '0s');
  return Number(match?.[1] ?? Number.NaN) * { s: 1, m: 60, h: 3600 }[(match?.[2] ?? 's') as 's' | 'm' | 'h'];
};
const LONGEST = 600;

const alerts = (view: View): Problem[] => {
  const rules = view
    .all(GROUP, 'PrometheusRule')
    .filter((r) => r.metadata?.namespace === view.names.control)
    .flatMap((r) => records(at(r.spec, 'groups')).flatMap((g) => records(g.rules)));
  const tells = (metric: string): boolean =>
    rules.some(
      (r) =>
        typeof r.alert === 'string' &&
        string(r.expr)?.includes(metric) === true &&
        string(r.expr)?.includes(view.names.control) === true &&
        seconds(r.for) <= LONGEST,
    );
  return WANTED.filter(([, metric]) => !tells(metric)).map(([what]) => ({
    object: `PrometheusRule ${view.names.control}/alerts`,
    path: 'spec.groups',
    problem: `nobody is told when ${what}`,
  }));
};

/** Parts of the control plane that nobody scrapes. */
const unscraped = (view: View): Problem[] => {
  const monitors = view.all(GROUP, 'PodMonitor').filter((m) => m.metadata?.namespace === view.names.control);
  return view.controlPods
    .filter((pod) => pod.labels[LABEL.component] !== 'postgres')
    .filter(
      (pod) =>
        !monitors.some((m) => {
          const names = at(m.spec, 'namespaceSelector', 'matchNames');
          const ports = new Set(pod.containers.flatMap(({ container }) => records(container.ports).map((p) => p.name)));
          return (
            (names === undefined || strings(names).includes(pod.namespace)) &&
            selects(at(m.spec, 'selector'), pod.labels) &&
            records(at(m.spec, 'podMetricsEndpoints')).some((e) => ports.has(e.port) && e.path === '/metrics')
          );
        }),
    )
    .map((pod) => ({ object: pod.owner, path: `${pod.path}.metadata.labels`, problem: 'no PodMonitor scrapes it' }));
};

/** The fragment of the API server's audit policy that names both namespaces. */
const audited = (view: View): Problem[] => {
  const covered = view.all('', 'ConfigMap').some((map) =>
    Object.values(map.data ?? {}).some((text) => {
      const policy = string(text) ?? '';
      return (
        policy.includes('audit.k8s.io/v1') &&
        view.namespaces.every((n) => policy.includes(`"${n}"`)) &&
        policy.includes('pods/exec')
      );
    }),
  );
  return covered
    ? []
    : [
        {
          object: `Namespace ${view.names.control}`,
          path: '',
          problem: 'no audit-policy fragment records who touches the environment',
        },
      ];
};

export const rule: Rule = {
  id: 'alarms-exist',
  layer: 'identity',
  info: 'Nobody is told when a control fails, an agent is contained or somebody touches the environment.',
  explanation: 'fail closed is quiet: without an alarm a dead detector looks like a peaceful day',
  fix: 'keep the PodMonitor, the PrometheusRule and the audit-policy fragment; add alerts beside them',
  check: (view) => [...alerts(view), ...unscraped(view), ...audited(view)],
};
