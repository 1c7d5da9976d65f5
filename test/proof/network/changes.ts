import type { Manifest } from '../../../lib/minimum-bar';

/** Finished objects with one change in one NetworkPolicy. */
export interface Change {
  readonly what: string;
  /** Of the changed policy. */
  readonly namespace: string;
  readonly objects: readonly Manifest[];
}
// biome-ignore lint/suspicious/noExplicitAny: a test changes what it likes
type Any = any;
type Edit = readonly [what: string, edit: (spec: Any) => void];

const OPEN_TO_ALL = { namespaceSelector: {}, podSelector: {} };

const peerEdits = (namespace: string, direction: string, side: string, i: number, peers: readonly Any[]): Edit[] =>
  peers.flatMap((peer, j): Edit[] => {
    const at = (spec: Any): Any => spec[direction][i][side][j];
    const where = `${direction}[${i}].${side}[${j}]`;
    const excepted: readonly string[] = peer.ipBlock?.except ?? [];
    const labels = Object.keys(peer.podSelector?.matchLabels ?? {});
    return [
      [`${where} removed`, (spec) => spec[direction][i][side].splice(j, 1)],
      ...excepted.map(
        (range, k): Edit => [`${where} except ${range} removed`, (spec) => at(spec).ipBlock.except.splice(k, 1)],
      ),
      ...(peer.podSelector === undefined
        ? []
        : ([
            [`${where} every pod`, (spec) => (at(spec).podSelector = {})],
            [`${where} every namespace`, (spec) => (at(spec).namespaceSelector = {})],
            ...(peer.namespaceSelector.matchLabels['kubernetes.io/metadata.name'] === namespace
              ? []
              : [[`${where} own namespace`, (spec: Any) => delete at(spec).namespaceSelector] as Edit]),
          ] as Edit[])),
      ...labels.map(
        (key): Edit => [`${where} ${key} changed`, (spec) => (at(spec).podSelector.matchLabels[key] = 'x')],
      ),
    ];
  });

const ruleEdits = (namespace: string, direction: 'ingress' | 'egress', spec: Any): Edit[] =>
  (spec[direction] ?? []).flatMap((rule: Any, i: number): Edit[] => {
    const side = direction === 'ingress' ? 'from' : 'to';
    const where = `${direction}[${i}]`;
    return [
      [`${where} removed`, (s) => s[direction].splice(i, 1)],
      [`${where} for everybody`, (s) => (s[direction][i][side] = [])],
      [`${where} for every pod too`, (s) => s[direction][i][side].push(OPEN_TO_ALL)],
      [`${where} on every port`, (s) => delete s[direction][i].ports],
      ...rule.ports.flatMap((port: Any, j: number): Edit[] => [
        [`${where} ${port.port} removed`, (s) => (s[direction][i].ports[j] = { protocol: 'TCP', port: 9 })],
        [
          `${where} ${port.port} by the other protocol`,
          (s) => (s[direction][i].ports[j].protocol = port.protocol === 'TCP' ? 'UDP' : 'TCP'),
        ],
        [`${where} ${port.port} and all above`, (s) => Object.assign(s[direction][i].ports[j], { endPort: 65535 })],
      ]),
      ...peerEdits(namespace, direction, side, i, rule[side]),
    ];
  });

const editsOf = (namespace: string, spec: Any): Edit[] => [
  ...ruleEdits(namespace, 'ingress', spec),
  ...ruleEdits(namespace, 'egress', spec),
  ['open in', (s) => (s.ingress = [{}])],
  ['open out', (s) => (s.egress = [{}])],
  ...(spec.podSelector.matchExpressions === undefined
    ? []
    : [['quarantine does not count', (s: Any) => delete s.podSelector.matchExpressions] as Edit]),
  ...Object.keys(spec.podSelector.matchLabels ?? {}).map(
    (key): Edit => [`selects another ${key}`, (s) => (s.podSelector.matchLabels[key] = 'x')],
  ),
];

/** Every small change of every NetworkPolicy, one at a time. */
export const changesOf = (objects: readonly Manifest[]): Change[] =>
  objects.flatMap((policy, at) => {
    if (policy.kind !== 'NetworkPolicy') return [];
    const { namespace = '' } = policy.metadata;
    const name = `${namespace}/${policy.metadata.name}`;
    const without = { what: `${name} removed`, namespace, objects: objects.filter((object) => object !== policy) };
    return [
      without,
      ...editsOf(namespace, policy.spec).map(([what, edit]) => {
        const changed = structuredClone(policy);
        edit(changed.spec);
        return { what: `${name} ${what}`, namespace, objects: objects.with(at, changed) };
      }),
    ];
  });
