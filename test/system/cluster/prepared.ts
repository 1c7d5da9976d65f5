import { definitions } from '../../../cluster';
import { until } from '../../../cluster/until';
import { ApiServer } from './api-server';

/**
 * A server that knows the custom resources. A definition that cannot be had is named, and what needs it is refused by
 * the server: its test fails.
 */
export async function prepared(services?: string): Promise<ApiServer> {
  const { documents, missing } = definitions();
  for (const each of missing) process.stderr.write(`not defined: ${each}\n`);
  const server = await ApiServer.start(services);
  const { ok, out } = server.kubectl(['apply', '--server-side', '-f', '-'], documents.join('\n---\n'));
  if (!ok) throw new Error(out);
  await until(
    'the definitions are served',
    () => server.kubectl(['get', 'imagevalidatingpolicies.policies.kyverno.io']).ok,
  );
  for (const namespace of ['firepit-system', 'gateway-system']) server.kubectl(['create', 'namespace', namespace]);
  return server;
}
