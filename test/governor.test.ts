import { Chart, App as PlainApp } from 'cdk8s';
import { governorConfig } from '../contract';
import { contextOf } from '../lib/context';
import { Approval, Duration, type EnvironmentDeclaration, Scope, Sequence } from '../lib/declaration';
import { Governor } from '../lib/governor';
import { cedarPolicy } from '../lib/identity/cedar';
import { changed, desk } from './support/desk';

// biome-ignore lint/suspicious/noExplicitAny: objects are read, not typed
type Any = any;
const objects = (declaration: EnvironmentDeclaration): Any[] => {
  const chart = new Chart(new PlainApp(), 'c');
  new Governor(chart, 'governor', contextOf(declaration));
  return chart.toJson();
};
/** Files of its configuration, by the directory they are mounted at. */
const filesAt = (directory: string, declaration: EnvironmentDeclaration = desk()): Any => {
  const all = objects(declaration);
  const { volumes, containers } = all.find(({ kind }) => kind === 'Deployment').spec.template.spec;
  const { name } = containers[0].volumeMounts.find(({ mountPath }: Any) => mountPath === directory);
  const map = volumes.find((volume: Any) => volume.name === name).configMap.name;
  return all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === map).data;
};
const configOf = (declaration: EnvironmentDeclaration = desk()): Any =>
  JSON.parse(filesAt('/etc/firepit/config', declaration)['governor.json']);
const rolesOf = (declaration: EnvironmentDeclaration = desk()): string[] =>
  objects(declaration).flatMap(({ kind, roleRef }) => (kind === 'ClusterRoleBinding' ? [roleRef.name] : []));

const DISCOVERY = 'system:service-account-issuer-discovery';
const PIN = `sha256:${'1'.repeat(64)}`;

test('what is not declared is a default: a day, signatures alone, any definition; and no right for more', () => {
  const config = configOf();
  expect(governorConfig.parse(config)).toEqual(config);
  expect(config.runs).toEqual({ lifetimeSeconds: 86_400 });
  expect(config.token).not.toHaveProperty('review');
  expect(JSON.stringify(config.tools)).not.toContain('manifest');
  expect(rolesOf()).toEqual([DISCOVERY]);
});

test('what is declared is in the file: who may stop a run, how long one lasts, what a server must show', () => {
  const config = configOf(
    changed((d) => {
      d.runs = { lifetime: { seconds: 3600 } };
      d.tools.tickets.operations.search.manifest = PIN;
    }),
  );
  expect(config.runs).toEqual({ lifetimeSeconds: 3600 });
  expect(config.approvals.approvers).toEqual(desk().approvals.approvers);
  expect(config.tools.tickets.operations.search).toMatchObject({ manifest: PIN });
  expect(config.tools.tickets.operations.reply).not.toHaveProperty('manifest');
});

test('a second sink is on the node and in the file where it is declared, and nowhere else', () => {
  const spooling = (spool?: true) =>
    changed((d) => {
      d.state.spool = spool;
    });
  const volumesOf = (declaration: EnvironmentDeclaration): Any[] =>
    objects(declaration).find(({ kind }) => kind === 'Deployment').spec.template.spec.volumes;
  expect(configOf(spooling(true)).state.spool).toBe('/var/lib/firepit/spool/entries');
  expect(volumesOf(spooling(true))).toContainEqual({ name: 'spool', emptyDir: { sizeLimit: '64Mi' } });
  expect(configOf(spooling()).state).not.toHaveProperty('spool');
  expect(JSON.stringify(volumesOf(spooling()))).not.toContain('emptyDir');
});

test('rules say over what they count, where it is more than the run', () => {
  const { triage } = configOf(
    changed((d) => {
      const reply = 'tickets.reply';
      d.agents.triage.sequence = [Sequence.atMost(3, reply, Duration.hours(1), Scope.USER)];
      d.agents.triage.needsApproval = [
        Approval.when(Sequence.count(reply).over(5).within(Duration.minutes(1), Scope.AGENT)),
        Approval.when(Sequence.sum(reply, 'minutes').over(5).within(Duration.minutes(1))),
      ];
    }),
  ).agents;
  expect(triage.sequence).toMatchObject([{ kind: 'atMost', times: 3, perSeconds: 3600, scope: 'user' }]);
  expect(triage.needsApproval).toMatchObject([{ condition: { over: 5, withinSeconds: 60, scope: 'agent' } }, {}]);
  expect(triage.needsApproval[1].condition).not.toHaveProperty('scope');
});

test('orders and measures are in the file in its words', () => {
  const { triage } = configOf(
    changed((d) => {
      const [reply, search] = ['tickets.reply', 'tickets.search'];
      const hour = Duration.hours(1);
      d.agents.triage.sequence = [
        Sequence.only(reply).previous(search, hour),
        Sequence.only(reply).since(search, ['crm.customer'], hour),
        Sequence.deny(Sequence.distinct(reply, 'ticket').over(3).within(hour, Scope.USER)),
      ];
      d.agents.triage.needsApproval = [Approval.when(Sequence.call(reply).formerly(search, hour))];
    }),
  ).agents;
  const order = { operation: 'tickets.reply', other: 'tickets.search', withinSeconds: 3600 };
  expect(triage.sequence.map(({ id: _, ...rule }: Any) => rule)).toEqual([
    { kind: 'onlyWhen', condition: { kind: 'previous', ...order } },
    { kind: 'onlyWhen', condition: { kind: 'since', ...order, held: ['crm.customer'] } },
    {
      kind: 'deny',
      condition: {
        kind: 'distinctOver',
        operation: 'tickets.reply',
        argument: 'ticket',
        over: 3,
        withinSeconds: 3600,
        scope: 'user',
      },
    },
  ]);
  expect(triage.needsApproval).toMatchObject([{ kind: 'when', condition: { kind: 'formerly', ...order } }]);
});

test('where tokens are asked about, the governor is told where, and may ask', () => {
  const asking = changed((d) => {
    d.platform.tokenReview = { seconds: 30 };
  });
  expect(configOf(asking).token.review).toEqual({
    url: 'https://kubernetes.default.svc/apis/authentication.k8s.io/v1/tokenreviews',
    cacheSeconds: 30,
  });
  expect(rolesOf(asking)).toEqual([DISCOVERY, 'system:auth-delegator']);
});

test('it reads the policies from a ConfigMap of their own, where its configuration says', () => {
  const { policies } = configOf();
  const { schema, policies: text } = cedarPolicy(contextOf(desk()));
  expect(filesAt('/etc/firepit/policies')).toEqual({ 'schema.cedarschema': schema, 'policies.cedar': text });
  expect([policies.schema, policies.policies]).toEqual([
    '/etc/firepit/policies/schema.cedarschema',
    '/etc/firepit/policies/policies.cedar',
  ]);
  expect(Object.keys(filesAt('/etc/firepit/config'))).toEqual(['governor.json']);
});
