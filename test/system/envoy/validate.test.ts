import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { EnvironmentDeclaration } from '../../../lib';
import { contextOf } from '../../../lib/context';
import { gatewayFiles } from '../../../lib/gateway/gateway-bootstrap';
import { sidecarFiles } from '../../../lib/gateway/sidecar-bootstrap';
import { declarations } from '../../support/arbitrary-declaration';
import { desk, openshiftDesk } from '../../support/desk';
import fc from '../../support/property';
import { runs } from '../../support/runs';
import { team } from '../../support/team';
import { Pki } from './pki';
import { emptied, validate, writeConfig } from './run';

const root = mkdtempSync(join(tmpdir(), 'firepit-validate-'));
const { ca } = new Pki(join(root, 'pki'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What Envoy itself says about each configuration of an environment; certificates are not there yet, as at a first start. */
const complaints = (declaration: EnvironmentDeclaration): string[] => {
  const context = contextOf(declaration);
  const all = [gatewayFiles(context), ...Object.keys(declaration.agents).map((agent) => sidecarFiles(context, agent))];
  return all.flatMap((files) => {
    const directory = emptied(join(root, 'config'));
    writeFileSync(join(directory, 'system-ca.crt'), ca);
    const { ok, output } = validate(writeConfig(files, { root: directory, ports: {}, hosts: {} }));
    const deprecated = output.split('\n').filter((line) => line.includes('Deprecated'));
    return ok ? deprecated : [output];
  });
};

describe('Envoy accepts', () => {
  test.each([
    ['support-desk-dev', desk({ name: 'support-desk-dev', replicas: 1 })],
    ['support-desk-staging', desk({ name: 'support-desk-staging', replicas: 2 })],
    ['support-desk-prod', desk({ name: 'support-desk-prod', replicas: 3 })],
    ['support-desk-openshift', openshiftDesk({ name: 'support-desk-openshift' })],
    ['research-team', team()],
  ])('%s', (_name, declaration) => {
    expect(complaints(declaration)).toEqual([]);
  });

  test('any declaration', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        expect(complaints(declaration)).toEqual([]);
      }),
      { numRuns: runs(30), endOnFailure: true },
    );
  });
});
