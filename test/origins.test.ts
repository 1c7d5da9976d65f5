import { ApiObject } from 'cdk8s';
import { AgentEnvironment, App, type EnvironmentDeclaration } from '../lib';
import { originsOf } from '../lib/origins';
import { changed, type Draft, desk } from './support/desk';

/** What each construct makes of a declaration, by its path. */
const madeOf = (declaration: EnvironmentDeclaration): Map<string, string> =>
  new Map(
    new AgentEnvironment(new App(), declaration).node
      .findAll()
      .filter(ApiObject.isApiObject)
      .map((object) => [object.node.path, JSON.stringify(object.toJson())]),
  );

/** One change of each part of a declaration. */
const CHANGES: Readonly<Record<string, (draft: Draft) => unknown>> = {
  owner: (d) => Object.assign(d.owner, { deployers: ['group:other'], contact: 'other@example.com' }),
  host: (d) => (d.host = 'other.example.com'),
  users: (d) => (d.users.issuer = 'https://login.other.example.com'),
  approvals: (d) =>
    Object.assign(d.approvals, { host: 'who.example.com', approvers: ['group:x'], deadline: { seconds: 600 } }),
  models: (d) => (d.models.claude.names = ['claude-other']),
  tools: (d) => (d.tools.tickets.at.cidrs = ['10.99.0.0/24']),
  'agents.triage': (d) =>
    Object.assign(d.agents.triage, {
      image: d.agents.triage.image.replace(/.$/, '0'),
      workload: { kind: 'deployment', replicas: 5 },
      mayAsk: ['group:other'],
      sequence: [],
      behaviour: { kind: 'declared', processes: ['/usr/bin/other'], writes: ['/work'] },
      isolation: { kind: 'kata' },
    }),
  supplyChain: (d) => (d.supplyChain.signer.subject = 'https://github.com/other/agents/.github/workflows/x.yaml@v1'),
  images: (d) => {
    for (const [part, image] of Object.entries<string>(d.images.images))
      d.images.images[part] = image.replace(/.$/, '0');
  },
  state: (d) => Object.assign(d.state, { user: 'other', at: { ...d.state.at, cidrs: ['10.98.0.0/24'] } }),
  platform: (d) => {
    d.platform.telemetry.port = 4444;
    d.platform.monitoring.namespace = 'other';
    d.platform.ingress.gateway = 'other';
    d.platform.apiServer.cidrs = ['10.97.0.1/32'];
  },
};

const before = madeOf(desk());
const { name } = desk();

test('every object of an environment has origins, and its name is the first', () => {
  for (const construct of before.keys())
    expect([construct, originsOf(construct, desk())?.[0]]).toEqual([construct, 'name']);
  expect(originsOf('elsewhere/agent-triage/Default', desk())).toBeUndefined();
  expect(originsOf(`${name}/of-the-app/Default`, desk())).toBeUndefined();
});

test.each(Object.entries(CHANGES))('what changes with %s says that it comes from there', (part, change) => {
  const declaration = changed(change, desk());
  const after = madeOf(declaration);
  const others = [...after].filter(([construct, object]) => before.get(construct) !== object);
  expect(others.length).toBeGreaterThan(0);
  const names = (construct: string): boolean =>
    originsOf(construct, declaration)?.some((path) => part === path || part.startsWith(`${path}.`)) === true;
  expect(others.map(([construct]) => construct).filter((construct) => !names(construct))).toEqual([]);
});
