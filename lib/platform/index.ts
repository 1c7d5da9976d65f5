import type { Platform } from '../declaration';
import type { PlatformAdapter } from './adapter';
import { kubernetesAdapter } from './kubernetes';
import { openshiftAdapter } from './openshift';

export type { Exposed, GatewayAddress, PlatformAdapter } from './adapter';

/** The adapter for a declared platform. */
export const platformOf = (platform: Platform): PlatformAdapter =>
  platform.kind === 'openshift' ? openshiftAdapter(platform) : kubernetesAdapter(platform);
