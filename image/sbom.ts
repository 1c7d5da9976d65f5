/** A package in a software bill of materials, as CycloneDX names it. */
export interface Component {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly 'bom-ref': string;
  readonly [more: string]: unknown;
}

/** A CycloneDX document, as `npm sbom` writes it and scanners read it. */
export interface Sbom {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: string;
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
  readonly [more: string]: unknown;
}

/** The package of a path below `node_modules`; undefined for a file of ours. */
export const packageOf = (path: string): string | undefined =>
  path.match(/^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];

/** Something in an image that npm does not know of. */
export interface Other {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

/**
 * The bill of an image: of all that npm knows, what is in it, and what else there is. Two bills of the same content are
 * the same bytes: neither time nor number is in them.
 * @param all what `npm sbom` says of the whole project
 * @param inside `name@version` of the packages in the image
 * @throws Error where npm knows nothing of one of them
 */
export function sbomOf(image: string, all: Sbom, inside: ReadonlySet<string>, others: readonly Other[]): Sbom {
  const components = all.components.filter((component) => inside.has(component['bom-ref']));
  const unknown = [...inside].filter((ref) => !components.some((component) => component['bom-ref'] === ref));
  if (unknown.length > 0)
    throw new Error(
      `${unknown.join(', ')}: in the image ${image}, and npm sbom does not list it; expected: a package of the lock file`,
    );
  const { serialNumber: _number, metadata: _time, ...rest } = all;
  const version = '0.1.0';
  const ref = `firepit-${image}@${version}`;
  const refs = new Set(components.map((component) => component['bom-ref']));
  return {
    ...rest,
    metadata: { component: { 'bom-ref': ref, type: 'container', name: `firepit-${image}`, version } },
    components: [
      ...components,
      ...others.map(({ name, version, purl }) => ({ 'bom-ref': purl, type: 'library', name, version, purl })),
    ].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
    dependencies: all.dependencies
      .filter((dependency) => refs.has(dependency.ref))
      .map((dependency) => ({ ...dependency, dependsOn: dependency.dependsOn?.filter((on) => refs.has(on)) ?? [] })),
  } as Sbom;
}
