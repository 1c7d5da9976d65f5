import { hostname } from 'node:os';
import { isAlive } from '../lib/alive';
import { checkDeclaration, type EnvironmentDeclaration } from '../lib/declaration/environment';
import type { Manifest } from '../lib/synth/object';
import { freeAddress } from './service-address';
import type { Loose } from './subject';

/** Labels of everything that a proof makes: a later run finds by them what a killed one left. */
export const PROOF = {
  copy: 'proof.firepit.dev/copy',
  /** Host and process that made it. */
  host: 'proof.firepit.dev/host',
  process: 'proof.firepit.dev/process',
  /** Seconds since 1970. */
  started: 'proof.firepit.dev/started',
} as const;

const LONGEST = 40;
const HOUR = 3600;
const label = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
const seconds = (): number => Math.floor(Date.now() / 1000);

/** A name for a disposable copy of an environment, short enough to be one. */
export function copyName(environment: string): string {
  const suffix = `-proof-${Math.random().toString(36).slice(2, 6).padEnd(4, '0')}`;
  return `${environment.slice(0, LONGEST - suffix.length).replace(/-+$/, '')}${suffix}`;
}

/**
 * The same declaration under another name, and under hosts that lead nowhere: a copy takes nobody's traffic.
 * @param taken ClusterIPs that its gateway may not have, where the platform reserves one
 */
export function copyOf(
  declaration: EnvironmentDeclaration,
  name: string,
  taken: ReadonlySet<string> = new Set(),
): EnvironmentDeclaration {
  // The foundation knows no copy by its name, and its catch-all takes copies.
  const { foundation: _, ...platform } = declaration.platform;
  const { gatewayAddress } = platform;
  const address = gatewayAddress === undefined ? undefined : freeAddress(gatewayAddress, taken);
  return checkDeclaration({
    ...declaration,
    name,
    platform: address === undefined ? platform : { ...platform, gatewayAddress: address },
    host: typeof declaration.host === 'string' ? `${name}.invalid` : declaration.host,
    approvals: { ...declaration.approvals, host: `approvals.${name}.invalid` },
  });
}

/** Who makes a copy, and when. */
export const ownLabels = (name: string): Readonly<Record<string, string>> => ({
  [PROOF.copy]: name,
  [PROOF.host]: label(hostname()),
  [PROOF.process]: String(process.pid),
  [PROOF.started]: String(seconds()),
});

/** An object of the copy, with the labels by which it is found again. */
export const marked = (object: Manifest, labels: Readonly<Record<string, string>>): Loose => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } },
});

/** Whether whoever made this is gone: its process ended, if it ran here; elsewhere, if it is an hour old. */
export function isAbandoned(labels: Readonly<Record<string, string>>): boolean {
  if (labels[PROOF.host] === label(hostname())) return !isAlive(Number(labels[PROOF.process]));
  return seconds() - Number(labels[PROOF.started]) > HOUR;
}
