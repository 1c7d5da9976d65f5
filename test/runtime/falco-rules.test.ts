import { RUNGS } from '../../contract/warden';
import { contextOf } from '../../lib/context';
import type { EnvironmentDeclaration } from '../../lib/declaration';
import { falcoRules } from '../../lib/runtime/falco';
import { checkFalcoRules } from '../../lib/runtime/falco-check';
import { desk, openshiftDesk } from '../support/desk';
import { type FalcoEvent, load, reported } from '../support/falco-engine';
import { agent, bind, connect, ENV, exec, failed, file, sidecar } from '../support/falco-events';

const rulesOf = (declaration: EnvironmentDeclaration): string => falcoRules(contextOf(declaration)) as string;
const TEXT = rulesOf(desk());

type Case = readonly [what: string, event: FalcoEvent, rung?: (typeof RUNGS)[number], title?: string];

describe('GIVEN the rules of the support desk', () => {
  test('THEN our strict checker has nothing to say about them', () => {
    expect(checkFalcoRules(TEXT)).toEqual([]);
    expect(checkFalcoRules(rulesOf(openshiftDesk()))).toEqual([]);
  });

  const wrong: readonly Case[] = [
    ['ptrace', agent({ 'evt.type': 'ptrace' }), 'kill', 'the kernel was reached for'],
    ['bpf, refused by seccomp', agent({ 'evt.type': 'bpf', 'evt.failed': true }), 'kill', 'the kernel was reached for'],
    ['unshare', agent({ 'evt.type': 'unshare' }), 'kill', 'the kernel was reached for'],
    ['setns', agent({ 'evt.type': 'setns' }), 'kill', 'the kernel was reached for'],
    ['mount by the new calls', agent({ 'evt.type': 'fsmount' }), 'kill', 'the kernel was reached for'],
    ['a kernel module', agent({ 'evt.type': 'finit_module' }), 'kill', 'the kernel was reached for'],
    ['ptrace by the first process', agent({ 'evt.type': 'ptrace', 'proc.vpid': 1 }), 'kill'],
    ['ptrace in a sidecar', sidecar({ 'evt.type': 'ptrace' }), 'kill', 'the kernel was reached for'],
    ['ptrace under a name of the runtime', agent({ 'evt.type': 'ptrace', 'proc.name': 'runc:[2:INIT]' }), 'kill'],
    [
      'a packet socket',
      agent({ 'evt.type': 'socket', 'evt.arg.domain': '17(AF_PACKET)', 'evt.arg.type': '3' }),
      'kill',
    ],
    ['a raw socket', agent({ 'evt.type': 'socket', 'evt.arg.domain': '2(AF_INET)', 'evt.arg.type': '524291' }), 'kill'],
    [
      'a raw socket by its protocol',
      agent({ 'evt.type': 'socket', 'evt.arg.domain': '2(AF_INET)', 'fd.l4proto': 'raw' }),
      'kill',
    ],
    [
      'a socket to the hypervisor',
      agent({ 'evt.type': 'socket', 'evt.arg.domain': '40(AF_VSOCK)' }),
      'quarantine',
      'an unusual socket was opened',
    ],
    [
      'a socket of a family without a name',
      agent({ 'evt.type': 'socket', 'evt.arg.domain': '0(AF_UNSPEC)' }),
      'quarantine',
    ],
    ['io_uring', agent({ 'evt.type': 'io_uring_setup' }), 'alert', 'a way around the watch was opened'],
    ['the metadata address', agent(connect('169.254.169.254', 80)), 'kill', 'a metadata address was contacted'],
    ['its IPv6 form', agent(connect('fd00:ec2::254', 80)), 'kill', 'a metadata address was contacted'],
    [
      'the metadata address, refused',
      agent(connect('169.254.169.254', 80, { 'fd.sip': undefined, 'fd.sport': undefined, ...failed })),
      'kill',
      'a metadata address was contacted',
    ],
    ['a service account token', agent(file('/var/run/secrets/kubernetes.io/serviceaccount/token', 'read')), 'kill'],
    ['/etc/shadow', agent(file('/etc/shadow', 'read')), 'kill', 'credentials were read'],
    ['cloud credentials', agent(file('/home/agent/.aws/credentials', 'read')), 'kill', 'credentials were read'],
    ["another process's environment", agent(file('/proc/12/environ', 'read')), 'kill', 'credentials were read'],
    ["another process's memory", agent(file('/proc/12/mem', 'read')), 'kill', 'credentials were read'],
    ['credentials that are not there', agent(file('/root/.aws/credentials', 'read', failed)), 'alert'],
    ["the sidecar's port", agent(bind(8443)), 'kill', 'a port of the sidecar was taken'],
    ["the sidecar's port, taken", agent({ ...bind(15001), 'fd.sport': undefined, ...failed }), 'kill'],
    ['a shell in the sidecar', sidecar(exec('/bin/busybox')), 'kill', 'the sidecar runs something else'],
    ['a replaced Envoy', sidecar(exec('/usr/local/bin/envoy', { 'proc.is_exe_upper_layer': true })), 'kill'],
    ['code of the upper layer', agent(exec('/usr/bin/x', { 'proc.is_exe_upper_layer': true })), 'kill'],
    ['code from memory', agent(exec('memfd:x', { 'proc.is_exe_from_memfd': true })), 'kill'],
    ['code in a scratch folder', agent(exec('/tmp/x')), 'kill', 'code that was not in the image'],
    ['code in shared memory', agent(exec('/dev/shm/x')), 'kill', 'code that was not in the image'],
    ['a shell', agent(exec('/usr/bin/dash', { 'proc.name': 'sh' })), 'suspend', 'a shell or a package manager'],
    [
      'pip as a script of a declared interpreter',
      agent(exec('/usr/bin/python3.12', { 'proc.name': 'pip' })),
      'suspend',
    ],
    ['another program', agent(exec('/usr/bin/curl')), 'quarantine', 'a process that was not declared'],
    ['another interpreter version', agent(exec('/usr/bin/python3.11')), 'quarantine'],
    ['a program whose path is unknown', agent(exec('/x', { 'proc.exepath': undefined })), 'quarantine'],
    [
      'a connection to the internet',
      agent(connect('203.0.113.10', 443)),
      'quarantine',
      'a connection past the gateway',
    ],
    ['a connection to the gateway itself', agent(connect('10.96.0.20', 9443)), 'quarantine'],
    ['a lookup', agent(connect('10.96.0.10', 53, { 'fd.l4proto': 'udp' })), 'quarantine'],
    ['a connection over IPv6', agent(connect('2001:db8::1', 443)), 'quarantine'],
    [
      'a datagram to a new peer',
      agent(
        connect('203.0.113.10', 53, {
          'evt.type': 'sendto',
          'fd.l4proto': 'udp',
          'fd.connected': false,
          'fd.name_changed': true,
        }),
      ),
      'quarantine',
    ],
    ['another port', agent(bind(4444)), 'quarantine', 'another port'],
    ['listening on a port of the system’s choice', agent(bind(0, 'listen')), 'quarantine', 'another port'],
    ['listening without a bind', agent({ ...bind(0, 'listen'), 'fd.sport': undefined }), 'quarantine', 'another port'],
    [
      'TCP fast open',
      agent(connect('203.0.113.10', 443, { 'evt.type': 'sendto', 'fd.connected': false, 'fd.name_changed': true })),
      'quarantine',
    ],
    ['a write elsewhere', agent(file('/dev/shm/x', 'write')), 'deny', 'a write outside the declared folders'],
    ['a write beside a declared folder', agent(file('/tmpx/a', 'write')), 'deny'],
    ['a write to its own memory', agent(file('/proc/self/mem', 'write')), 'deny'],
    ['creat', agent({ ...file('/x', 'write'), 'evt.type': 'creat', 'evt.is_open_write': undefined }), 'deny'],
    [
      'a move elsewhere',
      agent({ 'evt.type': 'renameat2', 'fs.path.target': '/usr/bin/x', 'fs.path.source': '/tmp/x' }),
      'deny',
    ],
    ['a folder elsewhere', agent({ 'evt.type': 'mkdirat', 'fs.path.name': '/srv' }), 'deny'],
    [
      'a debug container',
      agent(exec('/bin/bash', { 'container.name': 'debugger' })),
      'quarantine',
      'an unknown container runs',
    ],
    [
      'a pod without the label',
      agent(exec('/usr/bin/python3.12', { 'k8s.pod.label[firepit.dev/agent]': undefined })),
      'alert',
    ],
    [
      'a pod of an undeclared agent',
      agent(exec('/usr/bin/python3.12', { 'k8s.pod.label[firepit.dev/agent]': 'x' })),
      'alert',
    ],
    ['a container without a namespace', agent(exec('/usr/bin/python3.12', { 'k8s.ns.name': undefined })), 'alert'],
    ['a container without a name', agent(exec('/usr/bin/python3.12', { 'container.name': undefined })), 'alert'],
    ['a health check', sidecar({ 'evt.type': 'accept4', 'fd.sport': 8081 }), 'audit', 'sign of life'],
  ];
  test.each(wrong.map(([what, event, rung, title = '']) => [what, event, rung, title] as const))(
    'THEN %s is reported',
    (_what, event, rung, title) => {
      const rule = reported(TEXT, event);
      expect(rule?.tags).toContain(`firepit_${rung}`);
      expect(rule?.rule.endsWith(title)).toBe(true);
    },
  );

  const right: readonly Case[] = [
    ['the declared program', agent(exec('/usr/bin/python3.12'))],
    ['Envoy', sidecar(exec('/usr/local/bin/envoy'))],
    ['what the runtime runs to enter a container', agent(exec('/usr/bin/runc', { 'proc.pid': 99, 'proc.vpid': 99 }))],
    ['the runtime that joins namespaces', agent({ 'evt.type': 'setns', 'proc.pid': 99, 'proc.vpid': 99 })],
    [
      'the runtime that mounts before the start',
      agent({ 'evt.type': 'mount', 'proc.vpid': 1, 'proc.exepath': '/runc' }),
    ],
    ['a call of the sidecar on loopback', agent(connect('127.0.0.1', 15001))],
    ['the same over IPv6', agent(connect('::1', 15001))],
    ['a refused call on loopback', agent(connect('127.0.0.1', 15001, { 'fd.sip': undefined, ...failed }))],
    ['a Unix socket', agent({ 'evt.type': 'connect', 'fd.typechar': 'u', 'fd.name': '/tmp/s' })],
    ['the sidecar that calls the gateway', sidecar(connect('10.96.0.20', 9443))],
    ['the sidecar that listens', sidecar(bind(8443))],
    ['the declared port', agent(bind(8080))],
    ['listening on it', agent(bind(8080, 'listen'))],
    ['a client that binds no port', agent(bind(0))],
    ['io_uring that seccomp refused', agent({ 'evt.type': 'io_uring_setup', 'evt.failed': true })],
    ['a Unix socket that listens', agent({ 'evt.type': 'listen', 'fd.typechar': 'u', 'fd.name': '/tmp/s' })],
    [
      'a Unix socket that is made',
      agent({ 'evt.type': 'socket', 'evt.arg.domain': '1(AF_LOCAL)', 'evt.arg.type': '1' }),
    ],
    ['a write to a scratch folder', agent(file('/tmp/a/b', 'write'))],
    ['a write to /dev/null', agent(file('/dev/null', 'write'))],
    ["a thread's name", agent(file('/proc/self/task/9/comm', 'write'))],
    ['a cache file that a read-only file system refused', agent(file('/usr/lib/python3.12/x.pyc', 'write', failed))],
    ['its own environment', agent(file('/proc/self/environ', 'read'))],
    ['a library', agent(file('/usr/lib/python3.12/os.py', 'read'))],
    [
      'a move within a scratch folder',
      agent({ 'evt.type': 'rename', 'fs.path.target': '/tmp/b', 'fs.path.source': '/tmp/a' }),
    ],
    [
      'a netlink socket, which name lookups open',
      agent({ 'evt.type': 'socket', 'evt.arg.domain': '16(AF_NETLINK)', 'evt.arg.type': '524291' }),
    ],
    ['a TCP socket', agent({ 'evt.type': 'socket', 'evt.arg.domain': '2(AF_INET)', 'evt.arg.type': '524289' })],
    ['another namespace', agent(exec('/bin/bash', { 'k8s.ns.name': 'shop' }))],
    [
      'a process of the node',
      { 'evt.type': 'ptrace', 'container.id': 'host', 'container.name': 'host', 'proc.pid': 1, 'proc.vpid': 1 },
    ],
  ];
  test.each(right.map(([what, event]) => [what, event] as const))('THEN %s is not', (_what, event) => {
    expect(reported(TEXT, event)?.rule).toBeUndefined();
  });

  test('THEN each rule says what to do, whom it is about and where it happened', () => {
    const { rules } = load(TEXT);
    expect(rules.length).toBe(20);
    for (const { rule, tags, output, priority } of rules) {
      expect(tags.filter((t) => RUNGS.some((r) => t === `firepit_${r}`))).toHaveLength(1);
      expect(tags).toEqual(expect.arrayContaining(['firepit', `environment_${ENV}`]));
      expect(tags.includes('agent_triage')).toBe(rule.startsWith(`${ENV}/triage:`));
      expect(priority).toMatch(/^[A-Z]+$/);
      for (const field of [
        'container.id',
        'container.name',
        'k8s.ns.name',
        'k8s.pod.name',
        'k8s.pod.uid',
        'evt.type',
        'proc.exepath',
        'k8s.pod.label[firepit.dev/agent]',
      ])
        expect(output).toContain(`%${field}`);
    }
    expect(TEXT).not.toContain('evt.dir');
  });

  test('THEN the gravest stand first, because the first match is the one reported', () => {
    const rungs = load(TEXT).rules.map(({ tags }) => RUNGS.findIndex((r) => tags.includes(`firepit_${r}`)));
    expect(rungs).toEqual([...rungs].sort((a, b) => b - a));
  });
});
