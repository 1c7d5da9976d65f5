import { kubernetes } from '../../apps/shared/platforms';
import { Platform } from '../../lib';
import { ASKED } from '../../lib/admission/asks';
import { desk, openshiftDesk } from '../support/desk';
import { objectsOf } from '../support/environment';

// biome-ignore lint/suspicious/noExplicitAny: finished objects are read as they are
type Any = any;
const { kind: _kind, ...facts } = kubernetes;
const older = Platform.kubernetes({ ...facts, version: '1.35', gatewayAddress: '10.96.200.10' });
const named = (objects: readonly Any[], kind: string, name: string, namespace?: string): Any =>
  objects.find((o) => o.kind === kind && o.metadata.name === name && o.metadata.namespace === namespace);
const asked = (resources: object): string[] =>
  Object.keys(resources)
    .filter((resource) => resource.includes('asks.firepit.dev/'))
    .sort();

describe('an agent asks every policy that judges it', () => {
  const declaration = desk({ name: 'pit' });
  const objects: readonly Any[] = objectsOf(declaration);
  const asks = ASKED.map((id) => `asks.firepit.dev/${id}`);

  test('in requests and limits alike; the quota of its namespace allows none, and no other namespace speaks of it', () => {
    const [container] = named(objects, 'Deployment', 'triage', 'pit').spec.template.spec.containers;
    expect([asked(container.resources.requests), asked(container.resources.limits)]).toEqual([asks, asks]);
    const { hard } = named(objects, 'ResourceQuota', 'quota', 'pit').spec;
    expect(asked(hard)).toEqual(asks.map((ask) => `requests.${ask}`));
    expect(asks.map((ask) => hard[`requests.${ask}`])).toEqual(asks.map(() => '0'));
    expect(asked(named(objects, 'ResourceQuota', 'quota', 'pit-control').spec.hard)).toEqual([]);
  });

  test('every policy about new pods of agents is asked', () => {
    const judging = objects
      .filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
      .filter(
        ({
          spec: {
            matchConstraints: { namespaceSelector, resourceRules },
          },
        }) => {
          const labels = Object.values(namespaceSelector?.matchLabels ?? {});
          return (
            labels.includes('pit') &&
            resourceRules.some((r: Any) => r.resources.includes('pods') && r.operations.includes('CREATE'))
          );
        },
      )
      .map(({ metadata }) => metadata.name.replace(/^pit-/, ''));
    expect(judging.sort()).toEqual([...ASKED]);
  });

  test.each(ASKED)('%s takes back what it was asked when all its demands hold, of a new pod of an agent', (id) => {
    const judge = named(objects, 'ValidatingAdmissionPolicy', `pit-${id}`).spec;
    const { spec } = named(objects, 'MutatingAdmissionPolicy', `pit-${id}`);
    const demands = judge.validations.map(({ expression }: Any, i: number) => ({ name: `demand${i}`, expression }));
    expect(spec.variables).toEqual([...(judge.variables ?? []), ...demands]);
    expect(spec.paramKind).toEqual(judge.paramKind);
    expect(spec.matchConstraints.resourceRules).toEqual([
      { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
    ]);
    const [wanted, patches] = spec.mutations[0].jsonPatch.expression.split(' ? ');
    expect(wanted).toBe(demands.map(({ name }: Any) => `variables.${name}`).join(' && '));
    expect(patches.match(/'\/[^']*'/g)).toEqual(
      ['limits', 'requests'].map((side) => `'/spec/containers/0/resources/${side}/asks.firepit.dev~1${id}'`),
    );
    expect(patches.endsWith('] : []')).toBe(true);
  });

  test.each([
    ['Kubernetes 1.35', desk({ platform: older })],
    ['OpenShift', openshiftDesk()],
  ])('%s cannot take it back, so nothing asks there', (_platform, declared) => {
    const other = objectsOf(declared);
    expect(other.filter(({ kind }) => kind.startsWith('Mutating'))).toEqual([]);
    expect(JSON.stringify(other)).not.toContain('asks.firepit.dev');
  });
});
