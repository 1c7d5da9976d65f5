import { LAYERS, type Layer, THREATS } from '../lib/minimum-bar';
import { ANNOTATION } from '../lib/names';
import { originsOf } from '../lib/origins';
import { type AnySynthesis, judgedAs } from '../lib/synth/driver';
import { layerOf } from './explain-bar';

type Made = AnySynthesis['objects'][number];

/** How a digest ends the name of an immutable object. */
const DIGEST = /-[0-9a-f]{10}$/;

/** Every way to name an object: kind and name in the words of findings or of kubectl, name alone, path of its file. */
export const spellings = ({ path, object: { kind, metadata } }: Made): string[] => {
  const { namespace, name } = metadata;
  const names = [...new Set([name, name.replace(DIGEST, '')])].flatMap((n) =>
    namespace === undefined ? [n] : [n, `${namespace}/${n}`],
  );
  return [path, ...names.flatMap((n) => [n, `${kind} ${n}`, `${kind}/${n}`])].map((text) => text.toLowerCase());
};

/** Rules that find something once the object is gone: what it is there for. */
const servedBy = (synthesis: AnySynthesis, made: Made): string[] => {
  const known = new Set(synthesis.report.findings.map(({ rule }) => rule));
  const rest = synthesis.objects.filter((one) => one !== made).map(({ object }) => object);
  const { findings } = judgedAs(synthesis, rest);
  return [...new Set(findings.map(({ rule }) => rule))].filter((rule) => !known.has(rule));
};

/** Where an object comes from and what it serves, as `--json` shows it. */
export function objectFacts(app: string, synthesis: AnySynthesis, made: Made) {
  const { declaration } = synthesis;
  const { apiVersion, kind, metadata } = made.object;
  const rules = servedBy(synthesis, made);
  const layers = [...new Set(rules.map(layerOf))].filter((layer): layer is Layer => layer !== undefined);
  const purpose = metadata.annotations?.[ANNOTATION.purpose];
  const origins = originsOf(made.construct, declaration);
  return {
    kind: 'object' as const,
    name: `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`,
    environment: declaration.name,
    app,
    apiVersion,
    path: made.path,
    construct: made.construct,
    ...(purpose === undefined ? {} : { purpose }),
    ...(origins === undefined ? {} : { declared: origins }),
    layers,
    rules,
    threats: THREATS.filter((threat) => threat.rules.some((rule) => rules.includes(rule))).map(({ id }) => id),
  };
}

/** Where an object comes from and what it serves, in words. */
export const objectText = (object: ReturnType<typeof objectFacts>): string =>
  [
    `${object.name} of ${object.environment} (${object.app})`,
    ...(object.purpose === undefined ? [] : [`  purpose        ${object.purpose}`]),
    `  written to     ${object.environment}/${object.path}`,
    `  construct      ${object.construct}`,
    `  declared by    ${object.declared?.join(', ') ?? 'nothing: the app adds it by itself'}`,
    `  layers         ${object.layers.map((layer) => LAYERS[layer]).join('; ') || 'none'}`,
    `  without it     ${object.rules.length === 0 ? 'no rule speaks' : `these rules speak: ${object.rules.join(', ')}`}`,
    ...(object.threats.length === 0 ? [] : [`  which are for  ${object.threats.join(', ')}`]),
  ].join('\n');
