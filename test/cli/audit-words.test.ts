import { foundAt, inWords } from '../../cli/audit-words';
import { canonical } from '../../services/state';
import { decision, outcome } from '../services/state/example';

const words = (entry: object): string => inWords(foundAt(0, Buffer.from(canonical(entry))));
const DIGEST = `sha256:${'a'.repeat(64)}`;

test('a decision says which of a turn asked for it, after what, and what it may return', () => {
  const turn = decision().id;
  const { what, why } = decision();
  const said = words(
    decision({
      what: { ...what, returns: ['untrusted'], body: DIGEST },
      why: { ...why, askedBy: turn, block: 1, sequenceHead: DIGEST, proposal: DIGEST },
    }),
  );
  expect(said).toContain(`asked for by model turn ${turn}, in its tool call 2`);
  expect(said).toContain(`after ${DIGEST} of its sequence`);
  expect(said).toContain(`an approval is bound to ${DIGEST}`);
  expect(said).toContain('may return: untrusted');
  expect(said).toContain(`body ${DIGEST}`);
  expect(words(decision())).not.toMatch(/asked for|approval|of its sequence|may return|body /);
});

test('an outcome says of which operation, and what the model asked for', () => {
  const of = decision();
  const { what } = outcome(of);
  const said = words(outcome(of, { what: { ...what, operation: 'tickets.close', claims: DIGEST } }));
  expect(said).toContain('tickets.close: status 200, handed on');
  expect(said).toContain(`what the model asked for: ${DIGEST}`);
  expect(words(outcome(of))).toContain('what    status 200, handed on');
});

test('an outcome of a tunnel says how much passed', () => {
  const of = decision();
  const { how } = outcome(of);
  const said = words(outcome(of, { how: { ...how, tunnel: { milliseconds: 61_500, received: 2_000, sent: 700 } } }));
  expect(said).toContain('a tunnel: 700 bytes there and 2000 back in 61.5 s, read by nobody');
  expect(words(outcome(of))).not.toContain('a tunnel');
});
