import { movedEnv } from '../../dev/own-agent';

test('what leads to the sidecar leads to where it is on this machine, and nothing else changes', () => {
  const env = {
    FIREPIT_TOOL_CRM_URL: 'http://127.0.0.1:15001/tools/crm',
    HTTPS_PROXY: 'http://127.0.0.1:15001',
    NO_PROXY: '127.0.0.1,localhost',
    OTHER: 'http://127.0.0.1:150011/x',
  };
  expect(movedEnv(env, 4000)).toEqual({
    ...env,
    FIREPIT_TOOL_CRM_URL: 'http://127.0.0.1:4000/tools/crm',
    HTTPS_PROXY: 'http://127.0.0.1:4000',
  });
});
