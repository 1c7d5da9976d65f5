import type { FoundationDeclaration } from '../declaration/foundation';
import { SYSTEM_NAMESPACE } from '../names';
import { SHELLS, STARTED } from '../runtime/falco-events';
import { falcoText, literal, literals } from '../runtime/falco-model';

/** Falco's health check and metrics. */
export const FALCO_PORT = 8765;
/** Where the relay listens for Falco, on the pod's loopback. */
export const RELAY_PORT = 2801;
/** Where the rules of every environment are mounted, one file each. */
export const RULES_DIRECTORY = '/etc/firepit/rules';
/** Where the node's files are mounted; Falco takes it from HOST_ROOT. */
export const HOST_ROOT = '/host';

/** How the container plugin finds the names and labels of pods: from the runtime's socket, when a container is made. */
export const containerPlugin = ({ falco }: FoundationDeclaration) => ({
  label_max_len: 100,
  with_size: false,
  hooks: ['create'],
  engines: {
    cri: { enabled: true, sockets: [falco.runtimeSocket] },
    containerd: { enabled: false, sockets: [] },
    docker: { enabled: false, sockets: [] },
    podman: { enabled: false, sockets: [] },
    lxc: { enabled: false },
    libvirt_lxc: { enabled: false },
    bpm: { enabled: false },
  },
});

/**
 * What Falco is told beside its rules. Its HTTP output tries once and forgets (outputs_http.cpp), so it talks to the
 * relay beside it, which does not. Drops of events are an alert of their own: whoever floods the kernel blinds it.
 */
export const falcoSettings = {
  engine: {
    kind: 'modern_ebpf',
    modern_ebpf: { cpus_for_each_buffer: 2, buf_size_preset: 4, drop_failed_exit: false },
  },
  // The gravest rule of an environment stands first, and each looks at its own namespace.
  rule_matching: 'first',
  priority: 'debug',
  json_output: true,
  json_include_output_property: true,
  json_include_output_fields_property: true,
  json_include_tags_property: true,
  http_output: {
    enabled: true,
    url: `http://127.0.0.1:${RELAY_PORT}/alerts`,
    keep_alive: true,
    max_consecutive_timeouts: 5,
  },
  stdout_output: { enabled: true },
  syslog_output: { enabled: false },
  // Bounded: Falco says that it drops alerts before the kernel ends it for its memory.
  outputs_queue: { capacity: 65_536 },
  syscall_event_drops: { threshold: 0.1, actions: ['log', 'alert'], rate: 0.03333, max_burst: 1 },
  metrics: {
    enabled: true,
    interval: '1m',
    output_rule: false,
    rules_counters_enabled: true,
    kernel_event_counters_enabled: true,
    resource_utilization_enabled: true,
  },
  webserver: {
    enabled: true,
    listen_port: FALCO_PORT,
    listen_address: '0.0.0.0',
    k8s_healthz_endpoint: '/healthz',
    prometheus_metrics_enabled: true,
  },
} as const;

/** `falco.yaml`, whole; JSON is YAML. */
export const falcoYaml = (declaration: FoundationDeclaration): string =>
  `${JSON.stringify(
    {
      ...falcoSettings,
      watch_config_files: true,
      rules_files: [RULES_DIRECTORY],
      load_plugins: ['container'],
      plugins: [{ name: 'container', library_path: 'libcontainer.so', init_config: containerPlugin(declaration) }],
    },
    null,
    2,
  )}\n`;

/** The foundation's own rules: whoever watches is watched. */
export const ownRules = (): string =>
  falcoText(
    ['Falco rules of the foundation: nothing but Falco and its relay runs in its namespace.'],
    [],
    [],
    [
      {
        rule: `${SYSTEM_NAMESPACE}: a shell beside Falco`,
        desc: 'A shell starts in the namespace of what watches.',
        condition: `${STARTED} and k8s.ns.name = ${literal(SYSTEM_NAMESPACE)} and proc.name in ${literals(SHELLS)}`,
        output:
          'a shell beside Falco (namespace=%k8s.ns.name pod=%k8s.pod.name container=%container.name process=%proc.exepath command=%proc.cmdline)',
        rung: 'alert',
        tags: ['foundation', 'mitre_execution', 'T1059.004'],
      },
    ],
  );
