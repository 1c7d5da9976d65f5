import { LABEL } from '../../names';
import type { Allowance } from '../network';
import { pins } from '../selectors';
import type { View } from '../view';

/** Whether an allowance reaches the gateway's pods and can reach no other. */
export const isGateway = (view: View, { peer }: Allowance): boolean =>
  peer.kind === 'pods' &&
  peer.namespaces !== undefined &&
  pins(peer.namespaces, 'kubernetes.io/metadata.name', view.names.control) &&
  peer.pods !== undefined &&
  pins(peer.pods, LABEL.component, 'gateway') &&
  pins(peer.pods, LABEL.environment, view.names.environment);
