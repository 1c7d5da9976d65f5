// The promises as TypeScript that nobody type-checks: tsx strips the types and runs the rest.
import { environment } from '../../lib';
import { promises } from '../types/promises';

const told: Record<string, unknown> = {};
for (const [id, attempt] of Object.entries(promises)) {
  try {
    attempt(environment);
    told[id] = 'accepted';
  } catch (error) {
    const { name, findings, stack } = error as { name: string; findings: unknown; stack: unknown };
    told[id] = name === 'DeclarationError' ? findings : String(stack);
  }
}
process.stdout.write(JSON.stringify(told));
