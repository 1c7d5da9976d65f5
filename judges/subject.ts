import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { rendered } from './chart';
import { JudgeError, type Manifest, objectKey, type Subject } from './judge';

const keyOf = ({ kind, metadata }: Manifest): string => objectKey(kind, metadata.name, metadata.namespace);

const yamlFiles = (path: string): string[] =>
  statSync(path).isFile()
    ? [path]
    : readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.ya?ml$/.test(file) && basename(file) !== 'kustomization.yaml')
        .sort()
        .map((file) => join(path, file));

const documents = async (source: string): Promise<string[]> => {
  if (!existsSync(source))
    throw new JudgeError(`${source}: there is nothing here; give a chart, a folder of manifests or a file`);
  if (existsSync(join(source, 'Chart.yaml'))) return [await rendered(source)];
  return yamlFiles(source).map((file) => readFileSync(file, 'utf8'));
};

const objectsOf = (text: string, source: string): Manifest[] =>
  parseAllDocuments(text, { version: '1.1', merge: true }).flatMap((document) => {
    if (document.errors.length > 0) throw new JudgeError(`${source}: ${document.errors[0]?.message}`);
    const object = document.toJS();
    if (object === null) return [];
    if (typeof object.kind !== 'string' || typeof (object.metadata?.name ?? object.items) === 'undefined')
      throw new JudgeError(`${source}: a document is no Kubernetes object: kind and metadata.name are expected`);
    return object.kind === 'List' ? object.items : [object];
  });

/**
 * Lays out the objects of a folder, a file or a Helm chart in a folder, one file each, so that every judge sees the
 * same and an answer about a file is an answer about an object.
 */
export async function subjectOf(source: string, folder: string): Promise<Subject> {
  const objects = (await documents(source)).flatMap((text) => objectsOf(text, source));
  if (objects.length === 0) throw new JudgeError(`${source}: holds no Kubernetes object`);
  mkdirSync(folder, { recursive: true });
  const keys = new Map<string, string>();
  for (const [i, object] of objects.entries()) {
    const name = `${String(i).padStart(4, '0')}-${object.kind.toLowerCase()}.yaml`;
    writeFileSync(join(folder, name), stringify(object, { version: '1.1' }));
    keys.set(name, keyOf(object));
  }
  return {
    folder,
    objects,
    files: [...keys.keys()].map((name) => join(folder, name)),
    objectOf: (file) => keys.get(basename(file)) ?? file,
  };
}
