import type { Generated } from '../../dev/generated';
import { HostedModel, Private } from '../../lib';
import { type Context, contextOf } from '../../lib/context';
import { gatewayFiles } from '../../lib/gateway/gateway-bootstrap';
import { sidecarFiles } from '../../lib/gateway/sidecar-bootstrap';
import { changed } from '../../test/support/desk';
import { MODEL } from './requests';

export const AGENT = 'triage';
export const HOSTS = { model: 'model.internal.example.com', tools: 'tickets.internal.example.com' } as const;

/** The support desk with a model that every gateway beside it speaks to as well. */
export const context = (): Context =>
  contextOf(
    changed((draft) => {
      const at = Private.host(HOSTS.model, { cidrs: ['10.20.1.0/24'] });
      draft.models = { gpt: HostedModel.openai({ names: [MODEL], auth: draft.models.claude.auth, at }) };
      draft.agents[AGENT].models = ['gpt'];
    }),
  );

/** What Envoy runs on. */
export const generated = (of: Context): Generated => ({
  declaration: of.declaration,
  gateway: gatewayFiles(of),
  governor: {},
  policies: {},
  ledger: {},
  agents: { [AGENT]: { sidecar: sidecarFiles(of, AGENT), env: {} } },
});

/** The same gateway with nobody to ask: what TLS, identity and routing cost without a decision. */
export function ungoverned(of: Generated): Generated {
  const without = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((one) => one?.name !== 'envoy.filters.http.ext_proc').map(without);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, without(inner)]));
  };
  const files = Object.entries(of.gateway).map(([name, text]) => [name, JSON.stringify(without(JSON.parse(text)))]);
  return { ...of, gateway: Object.fromEntries(files) };
}
