import { desk } from '../support/desk';
import { objectsOf } from '../support/environment';

describe('a container', () => {
  const containers = objectsOf(desk()).flatMap((object) => {
    const pod = (object as { spec?: { template?: { spec?: Record<string, unknown[]> } } }).spec?.template?.spec;
    return [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])] as {
      resources: { requests: Record<string, string>; limits: Record<string, string> };
    }[];
  });

  test('gets all that it may use reserved: it takes nothing from its neighbours on the node', () => {
    expect(containers.length).toBeGreaterThan(5);
    for (const { resources } of containers) {
      const used = Object.keys(resources.limits).filter((resource) => !resource.startsWith('asks.firepit.dev/'));
      expect(used.sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
      expect(resources.requests).toEqual(resources.limits);
    }
  });
});
