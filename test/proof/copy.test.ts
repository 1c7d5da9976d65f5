import { hostname } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { Exposure } from '../../lib';
import { copyName, copyOf, isAbandoned, ownLabels, PROOF } from '../../proof/copy';
import { desk, openshiftDesk } from '../support/desk';

describe('the name of a copy', () => {
  test.each(['a', 'support-desk', 'x'.repeat(40), `${'x'.repeat(28)}-yyyyyyyyyyy`])('%s', (name) => {
    const copy = copyName(name);
    expect(copy.length).toBeLessThanOrEqual(40);
    expect(copy).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]-proof-[a-z0-9]{4}$|^a-proof-[a-z0-9]{4}$/);
    expect(copyOf(desk(), copy).name).toBe(copy);
  });

  test('two copies have two names', () => {
    expect(new Set(Array.from({ length: 50 }, () => copyName('desk'))).size).toBeGreaterThan(45);
  });
});

describe('a copy', () => {
  test('differs in its name and takes nobody’s traffic', () => {
    const original = desk();
    const copy = copyOf(original, 'desk-proof-abcd');
    const { name, host, approvals, ...rest } = original;
    expect(copy).toMatchObject(rest);
    expect(copy.host).toBe('desk-proof-abcd.invalid');
    expect(copy.approvals).toEqual({ ...approvals, host: 'approvals.desk-proof-abcd.invalid' });
    expect([name, host]).not.toContain(copy.name);
  });

  test('of a front in the cluster alone lets in who is let in there', () => {
    const host = Exposure.inCluster({ from: [{ namespace: 'portal', pods: { app: 'portal' } }] });
    const copy = copyOf(desk({ host }), 'desk-proof-abcd');
    expect([copy.host, copy.approvals.host]).toEqual([host, 'approvals.desk-proof-abcd.invalid']);
  });

  test('has an address of its own where one is reserved', () => {
    const taken = new Set(['172.30.200.11']);
    expect(copyOf(openshiftDesk(), 'desk-proof-abcd', taken).platform.gatewayAddress).toBe('172.30.200.12');
  });
});

describe('what a killed run left', () => {
  const labels = ownLabels('desk-proof-abcd');

  test('is told from what runs', () => {
    expect(isAbandoned(labels)).toBe(false);
    expect(isAbandoned({ ...labels, [PROOF.process]: '4194305' })).toBe(true);
  });

  test('of another host is left alone for an hour', () => {
    const elsewhere = { ...labels, [PROOF.host]: `not-${hostname()}`.slice(0, 40), [PROOF.process]: '4194305' };
    expect(isAbandoned(elsewhere)).toBe(false);
    expect(isAbandoned({ ...elsewhere, [PROOF.started]: String(Math.floor(Date.now() / 1000) - 3700) })).toBe(true);
  });

  test('the labels are labels', () => {
    for (const value of Object.values(labels)) expect(value).toMatch(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
  });
});
