import type { Manifest } from '../lib/synth/object';
import type { Api, Method, Reply } from './api';
import type { Attempt, Case, Ref } from './case';
import type { Loose } from './subject';

const MERGE = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';
const DRY = 'dryRun=All';
const MANAGER = 'firepit-proof';

/** The cluster serves no such kind. */
export class NotServed extends Error {
  constructor(readonly kind: string) {
    super(`the cluster does not serve ${kind}`);
  }
}

/** What is asked of one API server: attempts as requests, with the paths that it serves. */
export class Requests {
  private readonly resources = new Map<string, Promise<ReadonlyMap<string, { name: string; namespaced: boolean }>>>();

  constructor(readonly api: Api) {}

  /** Where an object is. @throws NotServed */
  async pathOf({ apiVersion, kind, name, namespace }: Ref, subresource?: string): Promise<string> {
    return `${await this.collection(apiVersion, kind, namespace)}/${name}${subresource === undefined ? '' : `/${subresource}`}`;
  }

  /** Where the objects of a kind are. @throws NotServed */
  async collection(apiVersion: string, kind: string, namespace?: string): Promise<string> {
    const root = `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`;
    let resources = this.resources.get(root);
    if (resources === undefined) {
      resources = this.discover(root);
      this.resources.set(root, resources);
    }
    const found = (await resources).get(kind);
    if (found === undefined) throw new NotServed(`${apiVersion} ${kind}`);
    return `${root}${found.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : ''}/${found.name}`;
  }

  async serves(apiVersion: string, kind: string): Promise<boolean> {
    try {
      await this.collection(apiVersion, kind);
      return true;
    } catch (error) {
      if (error instanceof NotServed) return false;
      throw error;
    }
  }

  async read(ref: Ref): Promise<Reply> {
    return this.api.get(await this.pathOf(ref));
  }

  /** Server-side apply, strict. */
  async apply(object: Manifest, { dry = false }: { readonly dry?: boolean } = {}): Promise<Reply> {
    const path = await this.pathOf(refOf(object));
    const query = `fieldManager=${MANAGER}&force=true&fieldValidation=Strict${dry ? `&${DRY}` : ''}`;
    return this.api.send('PATCH', `${path}?${query}`, { body: object, type: APPLY });
  }

  async patch(ref: Ref, patch: Loose, as?: Case['as']): Promise<Reply> {
    return this.api.send('PATCH', await this.pathOf(ref), { body: patch, type: MERGE, as });
  }

  async remove(ref: Ref): Promise<Reply> {
    return this.api.send('DELETE', await this.pathOf(ref), { body: { propagationPolicy: 'Background' } });
  }

  /** The attempt of a case, as a dry run. @throws NotServed */
  async attempt({ attempt, as }: Pick<Case, 'attempt' | 'as'>): Promise<Reply> {
    if (attempt.verb === 'update') return this.update(attempt, as);
    const [method, path, body, type] = await this.request(attempt);
    return this.api.send(method, path, { body, type, as });
  }

  private async update({ ref, change, subresource }: Attempt & { verb: 'update' }, as: Case['as']): Promise<Reply> {
    const stands = await this.read(ref);
    if (!stands.ok) return stands;
    change(stands.body);
    return this.api.send('PUT', `${await this.pathOf(ref, subresource)}?${DRY}`, { body: stands.body, as });
  }

  private async request(attempt: Exclude<Attempt, { verb: 'update' }>): Promise<[Method, string, unknown?, string?]> {
    switch (attempt.verb) {
      case 'create': {
        const { apiVersion, kind, metadata } = attempt.object;
        return ['POST', `${await this.collection(apiVersion, kind, metadata.namespace)}?${DRY}`, attempt.object];
      }
      case 'apply': {
        const path = await this.pathOf(refOf(attempt.object));
        return ['PATCH', `${path}?${DRY}&fieldManager=${MANAGER}-again&force=true`, attempt.object, APPLY];
      }
      case 'patch':
        return ['PATCH', `${await this.pathOf(attempt.ref, attempt.subresource)}?${DRY}`, attempt.patch, MERGE];
      case 'delete':
        return ['DELETE', `${await this.pathOf(attempt.ref)}?${DRY}`];
      case 'get':
        return ['GET', await this.pathOf(attempt.ref)];
      case 'post': {
        const path = await this.pathOf(attempt.ref, attempt.subresource);
        const query = [...(attempt.query ? [attempt.query] : []), ...(attempt.body === undefined ? [] : [DRY])].join(
          '&',
        );
        return ['POST', `${path}${query === '' ? '' : `?${query}`}`, attempt.body];
      }
    }
  }

  private async discover(root: string): Promise<ReadonlyMap<string, { name: string; namespaced: boolean }>> {
    const { ok, body } = await this.api.get(root);
    const listed: { kind: string; name: string; namespaced: boolean }[] = ok ? body.resources : [];
    return new Map(listed.filter(({ name }) => !name.includes('/')).map((resource) => [resource.kind, resource]));
  }
}

export const refOf = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): Ref => ({
  apiVersion,
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
