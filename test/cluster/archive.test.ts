import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { archive } from '../../cluster/archive';

const folder = mkdtempSync(join(tmpdir(), 'firepit-archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an image is one layer that its configuration names by digest, the same bytes each time', () => {
  mkdirSync(join(folder, 'tmp'));
  writeFileSync(join(folder, 'program'), '#!/bin/sh\n');
  const make = (): string => archive(folder, 'example.local/it:1', { '/bin/it': join(folder, 'program') }, ['/bin/it']);
  const file = make();
  const out = join(folder, 'out');
  mkdirSync(out);
  execFileSync('tar', ['-C', out, '-xf', file]);
  const json = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
  expect(json('manifest.json')).toEqual([
    { Config: 'config.json', RepoTags: ['example.local/it:1'], Layers: ['layer.tar'] },
  ]);
  const layer = readFileSync(join(out, 'layer.tar'));
  const config = json('config.json');
  expect(config.rootfs.diff_ids).toEqual([`sha256:${createHash('sha256').update(layer).digest('hex')}`]);
  expect(config.config.Entrypoint).toEqual(['/bin/it']);
  const listed = execFileSync('tar', ['-tvf', join(out, 'layer.tar')], { encoding: 'utf8' });
  expect(listed).toMatch(/^-rwxr-xr-x 0\/0 .* \.\/bin\/it$/m);
  const layerOf = (tar: string): Buffer => execFileSync('tar', ['-xOf', tar, './layer.tar']);
  expect(layerOf(make()).equals(layerOf(file))).toBe(true);
});
