import { describe, expect, test } from '@jest/globals';
import { Testing } from 'cdk8s';
import { ApiKey, type EnvironmentDeclaration, HostedModel, SecretKey } from '../../lib';
import { contextOf } from '../../lib/context';
import { Gateway, sidecarParts } from '../../lib/gateway';
import { changed, desk, openshiftDesk } from '../support/desk';
import type { Json } from './read';

const objectsOf = (declaration: EnvironmentDeclaration = desk()): Json[] => {
  const chart = Testing.chart();
  new Gateway(chart, 'gateway', contextOf(declaration));
  return chart.toJson();
};
const one = (kind: string, declaration?: EnvironmentDeclaration): Json =>
  objectsOf(declaration).find((o) => o.kind === kind);
const podOf = (declaration?: EnvironmentDeclaration): Json => one('Deployment', declaration).spec.template.spec;

describe('the gateway', () => {
  test('mounts the keys it uses of each Secret, and no other key', () => {
    const secrets = podOf()
      .volumes.filter((v: Json) => v.secret !== undefined)
      .map((v: Json) => v.secret);
    expect(secrets).toEqual([
      { secretName: 'gateway-tls', defaultMode: 0o440 },
      { secretName: 'gateway-front-tls', defaultMode: 0o440 },
      { secretName: 'claude', defaultMode: 0o440, items: [{ key: 'key', path: 'key' }] },
      { secretName: 'crm', defaultMode: 0o440, items: [{ key: 'token', path: 'token' }] },
      { secretName: 'tickets', defaultMode: 0o440, items: [{ key: 'token', path: 'token' }] },
    ]);
    for (const mount of podOf().containers[0].volumeMounts) expect(mount.subPath).toBeUndefined();
  });

  test('is probed on its health port, without a host, and waits before it ends', () => {
    const [container] = podOf().containers;
    for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      expect(probe.httpGet.port).toBe(8081);
      expect(probe.httpGet.host).toBeUndefined();
    }
    expect(container.lifecycle.preStop).toEqual({ sleep: { seconds: 20 } });
    expect(podOf().terminationGracePeriodSeconds).toBeGreaterThan(20);
    expect(container.command).toEqual(['/usr/local/bin/envoy']);
  });

  test('a change of a route is a new configuration, and a rollout', () => {
    const before = one('ConfigMap');
    const after = one(
      'ConfigMap',
      changed((draft) => {
        draft.agents.triage.tools.pop();
      }),
    );
    expect(before.immutable).toBe(true);
    expect(after.metadata.name).not.toBe(before.metadata.name);
    expect(podOf().volumes[0].configMap.name).toBe(before.metadata.name);
    expect(one('ConfigMap').metadata.name).toBe(before.metadata.name);
  });

  test('has the reserved address where the platform wants one', () => {
    expect(one('Service').spec.clusterIP).toBeUndefined();
    expect(one('Service', openshiftDesk()).spec.clusterIP).toBe('172.30.200.10');
  });

  test.each([
    [0, 1],
    [1, 1],
    [3, 2],
  ])('for %i replicas of an agent there are %i of the gateway', (agents, replicas) => {
    expect(one('Deployment', desk({ replicas: agents })).spec.replicas).toBe(replicas);
  });
});

describe("an agent's sidecar", () => {
  const parts = sidecarParts(contextOf(desk()), 'triage');

  test('alone has the identity and the token, the token for one audience', () => {
    expect(parts.volumes.map(({ name }) => name)).toEqual([
      'sidecar-config',
      'sidecar-identity',
      'sidecar-token',
      'sidecar-admin',
    ]);
    const volume = (name: string): Json => parts.volumes.find((v) => v.name === name);
    expect(volume('sidecar-identity').secret).toEqual({ secretName: 'triage-identity', defaultMode: 0o440 });
    expect(volume('sidecar-token').projected.sources).toEqual([
      {
        serviceAccountToken: { audience: 'firepit-gateway.support-desk-test', expirationSeconds: 3600, path: 'token' },
      },
    ]);
    expect(parts.container.name).toBe('sidecar');
    expect(parts.container.restartPolicy).toBe('Always');
  });

  test('tells the agent where things are, and no credential', () => {
    expect(Object.fromEntries(parts.env.map(({ name, value }) => [name, value]))).toEqual({
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:15001/models/claude',
      ANTHROPIC_API_KEY: 'added-by-the-gateway',
      FIREPIT_MODEL_CLAUDE_URL: 'http://127.0.0.1:15001/models/claude',
      FIREPIT_TOOL_TICKETS_URL: 'http://127.0.0.1:15001/tools/tickets/mcp',
      FIREPIT_TOOL_CRM_URL: 'http://127.0.0.1:15001/tools/crm',
    });
  });

  test('of two models of a protocol the first one the agent names is the default', () => {
    const two = changed((draft) => {
      const auth = ApiKey.from(SecretKey.of('other', 'key'));
      draft.models.small = HostedModel.anthropic({ names: ['claude-haiku-4-5'], auth });
      draft.models.gpt = HostedModel.openai({ names: ['gpt-5.2'], auth });
      draft.agents.triage.models = ['small', 'claude', 'gpt'];
    });
    const env = Object.fromEntries(sidecarParts(contextOf(two), 'triage').env.map(({ name, value }) => [name, value]));
    expect(env.ANTHROPIC_BASE_URL).toBe('http://127.0.0.1:15001/models/small');
    expect(env.OPENAI_BASE_URL).toBe('http://127.0.0.1:15001/models/gpt/v1');
    expect(env.FIREPIT_MODEL_CLAUDE_URL).toBe('http://127.0.0.1:15001/models/claude');
  });
});
