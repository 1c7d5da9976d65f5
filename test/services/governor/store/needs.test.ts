import { needsOf } from '../../../../services/governor/store/needs';
import { configOf } from './example';

const { payer, triage } = configOf('any').agents;

test('the past is read as far back as the widest window, and an hour for what models asked for', () => {
  expect(needsOf({ payer: payer! }).window).toBe(3_600_000);
  const day = {
    ...triage!,
    sequence: [{ id: 'a', kind: 'atMost', times: 1, operation: 'a.b', perSeconds: 86_400 }],
  } as const;
  expect(needsOf({ payer: payer!, day: { ...day, sequence: [...day.sequence] } }).window).toBe(86_400_000);
  expect(needsOf({ none: { ...triage!, sequence: [], needsApproval: [] } }).window).toBe(3_600_000);
});

test('conditions of rules that deny, and orders, are read as far back as they say', () => {
  const order = { operation: 'a.b', other: 'a.c', withinSeconds: 86_400 } as const;
  for (const rule of [
    { id: 'a', kind: 'onlyWhen', condition: { kind: 'since', ...order, held: [] } },
    { id: 'a', kind: 'deny', condition: { kind: 'formerly', ...order } },
  ] as const) {
    const needs = needsOf({ day: { ...triage!, sequence: [rule], needsApproval: [] } });
    expect(needs.window).toBe(86_400_000);
    expect(needs.arguments('a.b')).toEqual([]);
  }
  const distinct = { kind: 'distinctOver', operation: 'a.b', argument: 'to', over: 1, withinSeconds: 60 } as const;
  const needs = needsOf({ day: { ...triage!, sequence: [{ id: 'a', kind: 'deny', condition: distinct }] } });
  expect([needs.arguments('a.b'), needs.arguments('a.c')]).toEqual([['to'], []]);
});

test('arguments are read where a rule of any agent adds them up, whoever called, and nowhere else', () => {
  const needs = needsOf({ payer: payer!, triage: triage! });
  expect(needs.arguments('bank.pay')).toEqual(['amount']);
  for (const operation of ['bank.read', 'nothing', 'constructor']) expect(needs.arguments(operation)).toEqual([]);
});
