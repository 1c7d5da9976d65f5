#!/usr/bin/env node
/**
 * Completes package-lock.json: an optional package of another platform that the registry did not list while the lock
 * was made is missing from it, and `npm ci` of npm 11 refuses such a lock. Run after changing dependencies.
 */
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const OS = ['darwin', 'win32', 'linux', 'android', 'freebsd', 'openharmony'];
const CPU = ['arm64', 'x64', 'ppc64', 'ia32', 'riscv64', 'loong64', 's390x', 'arm'];

/** Platform facts as a package's name tells them: `@swc/core-linux-x64-musl`. */
const platformOf = (name) => {
  const os = OS.find((o) => name.includes(`-${o}`));
  const cpu = CPU.find((c) => name.includes(`-${c}`));
  const libc = os !== 'linux' ? undefined : name.includes('musl') ? 'musl' : name.includes('gnu') ? 'glibc' : undefined;
  return { ...(os ? { os: [os] } : {}), ...(cpu ? { cpu: [cpu] } : {}), ...(libc ? { libc: [libc] } : {}) };
};

/** Entries that a lock lacks, by their path. */
const missing = ({ packages }) =>
  Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => ![`${path}/node_modules/${name}`, `node_modules/${name}`].some((at) => at in packages))
      .map(([name, range]) => [
        `node_modules/${name}`,
        {
          version: range.replace(/^[~^]/, ''),
          ...(entry.dev ? { dev: true } : {}),
          optional: true,
          ...platformOf(name),
        },
      ]),
  );

module.exports = { missing };

if (require.main === module) {
  const file = join(__dirname, '../package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const added = missing(lock);
  const entries = [...Object.entries(lock.packages), ...added].sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(entries);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`package-lock.json: ${added.length} packages of other platforms added\n`);
}
