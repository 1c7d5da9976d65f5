import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const pack = (folder: string, file: string): void => {
  const owned = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  execFileSync('tar', ['-C', folder, ...owned, '-cf', file, '.']);
};

/**
 * An image as `ctr images import` and `crane push` read it, made from files without a container engine.
 * @returns the archive's path, under `<folder>/tmp`
 */
export function archive(
  folder: string,
  name: string,
  files: Readonly<Record<string, string>>,
  entrypoint: readonly string[],
): string {
  const work = mkdtempSync(join(folder, 'tmp', 'image-'));
  const root = join(work, 'root');
  const image = join(work, 'image');
  for (const made of [root, image]) mkdirSync(made);
  for (const [path, source] of Object.entries(files)) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    copyFileSync(source, target);
    chmodSync(target, 0o755);
  }
  pack(root, join(image, 'layer.tar'));
  const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Entrypoint: entrypoint, Env: ['PATH=/bin:/usr/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest(join(image, 'layer.tar'))}`] },
  };
  writeFileSync(join(image, 'config.json'), JSON.stringify(config));
  writeFileSync(
    join(image, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]),
  );
  const file = `${work}.tar`;
  pack(image, file);
  rmSync(work, { recursive: true });
  return file;
}
