import type { EnvironmentDeclaration } from '../declaration';
import type { AnySynthesis } from './driver';

/**
 * How the `firepit` command stands behind `App.synth()`: inside a session nothing is written and nothing is thrown,
 * so that one run sees every app, reports all of their findings, and writes all of their environments or none.
 */
export interface Session {
  /** An app was constructed. */
  created(app: object): void;
  /** It was synthesized, well or with findings. */
  synthesized(app: object, result: AnySynthesis, outdir: string): void;
  /** Puts another declaration in the place of one, such as that of a disposable copy. @default - as declared */
  declared?(declaration: EnvironmentDeclaration): EnvironmentDeclaration;
  /** Its `synth()` refused. */
  refused(app: object, error: unknown): void;
}

/** Process-wide, so that a command and an app which load two copies of this package still meet. */
const KEY = Symbol.for('firepit.session.1');
const holder = globalThis as { [KEY]?: Session };

/** The session of this process, if a command opened one. */
export const currentSession = (): Session | undefined => holder[KEY];

/** Runs `action` with a session open. */
export async function withSession<T>(session: Session, action: () => Promise<T>): Promise<T> {
  holder[KEY] = session;
  try {
    return await action();
  } finally {
    delete holder[KEY];
  }
}
