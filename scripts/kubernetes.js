/**
 * Builds the control plane that the system tests ask: kube-apiserver, kube-controller-manager, kubectl and etcd, from
 * the Go module proxy, into a cache outside the repository that is keyed by version. Minutes the first time.
 */
const { execFileSync, spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { homedir, tmpdir } = require('node:os');
const { join } = require('node:path');

const VERSIONS = { kubernetes: 'v1.36.3', etcd: 'v3.6.14' };
const PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kubectl'];
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit');
const folders = {
  kubernetes: join(cache, `kubernetes-${VERSIONS.kubernetes}`),
  etcd: join(cache, `etcd-${VERSIONS.etcd}`),
};

const go = (cwd, ...args) =>
  execFileSync('go', args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath -mod=mod' },
  });

/** A module of our own that requires the program's: works where the program's own module has replacements. */
const wrapper = (name, work) => {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  go(folder, 'mod', 'init', `firepit.dev/${name}`);
  return folder;
};

const build = (folder, out, packages, flags = '') => {
  const imports = packages.map((p) => `import _ "${p}"`).join('\n');
  writeFileSync(join(folder, 'tools.go'), `//go:build tools\n\npackage tools\n\n${imports}\n`);
  mkdirSync(out, { recursive: true });
  go(folder, 'build', '-ldflags', `-s -w ${flags}`, '-o', `${out}/`, ...packages);
};

const kubernetes = (work, out) => {
  const folder = wrapper('kubernetes', work);
  const version = VERSIONS.kubernetes;
  const published = JSON.parse(go(folder, 'mod', 'download', '-json', `k8s.io/kubernetes@${version}`)).GoMod;
  // The published module asks for its staging modules at v0.0.0: each release has them as v0.<minor>.<patch>.
  for (const [, staging] of readFileSync(published, 'utf8').matchAll(/^\s+(k8s\.io\/\S+) v0\.0\.0$/gm))
    go(folder, 'mod', 'edit', `-replace=${staging}=${staging}@${version.replace('v1.', 'v0.')}`);
  go(folder, 'mod', 'edit', `-require=k8s.io/kubernetes@${version}`);
  const stamp = `-X k8s.io/component-base/version.gitVersion=${version} -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${version.split('.')[1]}`;
  build(
    folder,
    out,
    PROGRAMS.map((p) => `k8s.io/kubernetes/cmd/${p}`),
    stamp,
  );
};

const etcd = (work, out) => {
  const folder = wrapper('etcd', work);
  go(folder, 'mod', 'edit', `-require=go.etcd.io/etcd/server/v3@${VERSIONS.etcd}`);
  build(folder, out, ['go.etcd.io/etcd/server/v3']);
  // The package's folder is its major version.
  for (const made of ['v3', 'server']) if (existsSync(join(out, made))) renameSync(join(out, made), join(out, 'etcd'));
};

/** Builds what is missing; a build that stops half-way leaves nothing in the cache. */
const ensure = () => {
  if (spawnSync('go', ['version']).status !== 0)
    throw new Error(
      'the system tests build a Kubernetes API server and need Go 1.26 or newer: https://go.dev/doc/install',
    );
  for (const [name, make] of Object.entries({ kubernetes, etcd })) {
    if (existsSync(folders[name])) continue;
    process.stderr.write(`building ${name} ${VERSIONS[name]} (once; minutes)\n`);
    const work = mkdtempSync(join(tmpdir(), 'firepit-build-'));
    try {
      make(work, join(work, 'out'));
      mkdirSync(cache, { recursive: true });
      execFileSync('cp', ['-r', join(work, 'out'), `${folders[name]}.part`]);
      renameSync(`${folders[name]}.part`, folders[name]);
    } finally {
      execFileSync('chmod', ['-R', 'u+w', work]);
      rmSync(work, { recursive: true, force: true });
    }
  }
  return folders;
};

module.exports = { ensure, VERSIONS };
