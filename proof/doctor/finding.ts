import type { EnvironmentDeclaration } from '../../lib/declaration';
import type { Ref } from '../case';
import type { Requests } from '../requests';

/** What one question to a cluster came to. What could not be asked is unproven, never good. */
export interface Finding {
  /** Never changes: scripts refer to it. */
  readonly id: string;
  readonly state: 'proven' | 'failed' | 'unproven';
  /** What was seen. */
  readonly found: string;
  /** What to do about it. @default - nothing */
  readonly fix?: string;
}

/** What is asked of a cluster, and for whom. */
export interface Examination {
  readonly requests: Requests;
  /** What an environment needs of it: the kinds it is made of. */
  readonly kinds: readonly Kind[];
  /** @default - no environment in particular */
  readonly declaration?: EnvironmentDeclaration;
  /** A namespace of our own, under Pod Security `restricted`. @default - none could be made, for the reason given */
  readonly namespace?: string;
  readonly noNamespace?: string;
  /** Image of the probe program. @default - connections are not probed */
  readonly probeImage?: string;
}

export type Kind = Pick<Ref, 'apiVersion' | 'kind'>;
export type Question = (examination: Examination) => Promise<readonly Finding[]>;

export const good = (id: string, found: string): Finding => ({ id, state: 'proven', found });
export const bad = (id: string, found: string, fix: string): Finding => ({ id, state: 'failed', found, fix });
export const unknown = (id: string, found: string, fix: string): Finding => ({ id, state: 'unproven', found, fix });

/** `1.19.0`, `v1.36.3`: major and minor. @returns undefined where there is no version in it */
export const minorOf = (version: string): readonly [number, number] | undefined => {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
};

export const atLeast = (version: string, major: number, minor: number): boolean => {
  const found = minorOf(version);
  return found !== undefined && (found[0] > major || (found[0] === major && found[1] >= minor));
};
