import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Asked } from './ask';
import { checkov } from './checkov';
import { ELSEWHERE } from './elsewhere';
import type { Judge } from './judge';
import { kubeScore } from './kube-score';
import { kyverno } from './kyverno';

/** Judges that are pinned and always asked. */
export const PINNED: readonly Judge[] = [checkov, kubeScore, kyverno];
/** All of them. */
export const JUDGES: readonly Judge[] = [...PINNED, ...ELSEWHERE];

const GOLDEN = join(__dirname, '../test/golden');
/** Every example environment and the foundation under them, as its golden tree has it. */
export const examples = (): readonly Asked[] =>
  readdirSync(GOLDEN)
    .sort()
    .map((name) => ({ name, path: join(GOLDEN, name), peer: false }));
