import type { FalcoEvent } from './falco-engine';

export const ENV = 'support-desk-test';

/** An event of the agent's container, as the engine with its container plugin gives it. */
export const agent = (event: FalcoEvent): FalcoEvent => ({
  'k8s.ns.name': ENV,
  'k8s.pod.name': 'triage-5d9f-x',
  'k8s.pod.label[firepit.dev/agent]': 'triage',
  'container.id': '3ad7b26ded6d',
  'container.name': 'agent',
  'proc.exepath': '/usr/bin/python3.12',
  'proc.name': 'python3.12',
  'proc.pid': 4711,
  'proc.vpid': 7,
  'proc.is_exe_upper_layer': false,
  'proc.is_exe_from_memfd': false,
  'evt.failed': false,
  ...event,
});
export const sidecar = (event: FalcoEvent): FalcoEvent =>
  agent({ 'container.name': 'sidecar', 'proc.exepath': '/usr/local/bin/envoy', 'proc.name': 'envoy', ...event });
export const exec = (exepath: string, more: FalcoEvent = {}): FalcoEvent => ({
  'evt.type': 'execve',
  'proc.exepath': exepath,
  'proc.name': exepath.split('/').at(-1),
  ...more,
});
export const file = (name: string, how: 'read' | 'write', more: FalcoEvent = {}): FalcoEvent => ({
  'evt.type': 'openat',
  'fd.name': name,
  'fd.typechar': 'f',
  'fd.num': 5,
  'evt.is_open_read': how === 'read',
  'evt.is_open_write': how === 'write',
  ...more,
});
export const failed: FalcoEvent = { 'fd.num': -1, 'evt.failed': true };
export const connect = (ip: string, port: number, more: FalcoEvent = {}): FalcoEvent => ({
  'evt.type': 'connect',
  'fd.typechar': ip.includes(':') ? '6' : '4',
  'fd.sip': ip,
  'fd.sport': port,
  'fd.l4proto': 'tcp',
  'evt.arg.addr': `${ip}:${port}`,
  ...more,
});
export const bind = (port: number, type: 'bind' | 'listen' = 'bind'): FalcoEvent => ({
  'evt.type': type,
  'fd.typechar': '4',
  'fd.sip': '127.0.0.1',
  'fd.sport': port,
  'evt.arg.addr': `127.0.0.1:${port}`,
});
