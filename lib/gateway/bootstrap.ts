import { type Envoy, extension } from './envoy';
import { admin } from './service-listeners';

export interface BootstrapProps {
  /** Names the process in its own metrics. */
  readonly node: { readonly id: string; readonly cluster: string };
  readonly listeners: readonly Envoy[];
  readonly clusters: readonly Envoy[];
  readonly maxConnections: number;
  /** How many of them one listener may have. @default - as many as all together */
  readonly listenerConnections?: Readonly<Record<string, number>>;
  /** Heap at which requests are refused; below the container's memory limit, so that the kernel does not choose. */
  readonly maxHeapBytes: number;
}

const overload = (maxConnections: number, maxHeapBytes: number): Envoy => {
  const heap = 'envoy.resource_monitors.fixed_heap';
  const above = (value: number): Envoy => ({ name: heap, threshold: { value } });
  return {
    refresh_interval: '0.25s',
    resource_monitors: [
      extension(heap, `${'envoy.extensions.resource_monitors.fixed_heap.v3'}.FixedHeapConfig`, {
        max_heap_size_bytes: maxHeapBytes,
      }),
      extension(
        'envoy.resource_monitors.global_downstream_max_connections',
        'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
        { max_active_downstream_connections: maxConnections },
      ),
    ],
    actions: [
      { name: 'envoy.overload_actions.shrink_heap', triggers: [above(0.85)] },
      { name: 'envoy.overload_actions.stop_accepting_requests', triggers: [above(0.9)] },
      { name: 'envoy.overload_actions.stop_accepting_connections', triggers: [above(0.95)] },
    ],
  };
};

/** Envoy knows no such limit in a listener itself, only this switch by its name. */
const listenerLimits = (most: Readonly<Record<string, number>> = {}): Envoy => {
  const limits = Object.entries(most).map(([listener, connections]) => [listener, { connection_limit: connections }]);
  return limits.length === 0 ? {} : { resource_limits: { listener: Object.fromEntries(limits) } };
};

/** One Envoy, whole: nothing comes from a management server, and nothing but files can change it. */
export const bootstrap = (props: BootstrapProps): Envoy => ({
  node: props.node,
  admin,
  overload_manager: overload(props.maxConnections, props.maxHeapBytes),
  layered_runtime: {
    layers: [
      {
        name: 'static',
        static_layer: {
          // Finished streams to the governor are closed, not reset: Node drops a connection after about 1,000 resets.
          envoy: {
            reloadable_features: { ext_proc_graceful_grpc_close: true },
            ...listenerLimits(props.listenerConnections),
          },
        },
      },
    ],
  },
  static_resources: { listeners: props.listeners, clusters: props.clusters },
});
