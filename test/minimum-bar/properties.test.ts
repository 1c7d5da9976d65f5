import { expect, test } from '@jest/globals';
import { App, type EnvironmentDeclaration } from '../../lib';
import { AgentEnvironment } from '../../lib/environment';
import { checkBar, type Manifest } from '../../lib/minimum-bar';
import { declarations } from '../support/arbitrary-declaration';
import { Oracle } from '../support/oracle';
import fc from '../support/property';
import { runs } from '../support/runs';

/** A failure prints its seed and path; shrinking whole environments would take longer than reading one. */
const RUNS = { numRuns: runs(16), endOnFailure: true };

const objectsOf = (declaration: EnvironmentDeclaration): readonly Manifest[] =>
  new AgentEnvironment(new App(), declaration).objects();
const identity = ({ apiVersion, kind, metadata }: Manifest): string =>
  [apiVersion.split('/')[0], kind, metadata.namespace, metadata.name].join(' ');
const NAME = /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/;
const LABEL = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** Kinds whose names become host names or label values. */
const SHORT = new Set(['Namespace', 'Service', 'Deployment', 'StatefulSet', 'CronJob', 'Job', 'Sandbox']);

const namesWithinLimits = (object: Manifest): void => {
  const { name = '', labels = {} } = object.metadata;
  expect(name).toMatch(NAME);
  expect(name.length).toBeLessThanOrEqual(SHORT.has(object.kind) ? 63 : 253);
  for (const [key, value] of Object.entries(labels)) {
    expect(key.split('/').at(-1)?.length).toBeLessThanOrEqual(63);
    expect(value.length).toBeLessThanOrEqual(63);
    expect(value).toMatch(LABEL);
  }
};

test('whatever valid declaration there is, its environment passes the bar, and an independent oracle finds no hole', () => {
  fc.assert(
    fc.property(declarations, (declaration) => {
      const objects = objectsOf(declaration);
      expect(checkBar(declaration, objects).findings).toEqual([]);
      const oracle = new Oracle(declaration, objects);
      expect(oracle.holes(objects)).toEqual([]);
      expect(oracle.refusedByMistake(objects)).toEqual([]);
    }),
    RUNS,
  );
});

test('its objects are unique, and their names are within limits', () => {
  fc.assert(
    fc.property(declarations, (declaration) => {
      const objects = objectsOf(declaration);
      const identities = objects.map(identity);
      expect(new Set(identities).size).toBe(identities.length);
      for (const object of objects) namesWithinLimits(object);
    }),
    RUNS,
  );
});

test('the same declaration gives the same objects, from a copy of it as well', () => {
  fc.assert(
    fc.property(declarations, (declaration) => {
      const again = JSON.parse(JSON.stringify(declaration)) as EnvironmentDeclaration;
      expect(JSON.stringify(objectsOf(again))).toBe(JSON.stringify(objectsOf(declaration)));
    }),
    RUNS,
  );
});
