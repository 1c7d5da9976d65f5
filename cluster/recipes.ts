import type { Family } from './versions';

/** How the programs of a family are made from their Go module. */
export interface Recipe {
  /** @default - the program needs the standard library alone */
  readonly module?: string;
  /** Package by program. */
  readonly programs: Readonly<Record<string, string>>;
  /**
   * `required`: a module of ours requires the module; `own`: the module is the main module, so that its own
   * replacements and checksums hold; `staged`: Kubernetes, whose staging modules are replaced by their releases;
   * `main`: a program of ours around the module.
   */
  readonly how: 'required' | 'own' | 'staged' | 'main';
  readonly ldflags?: (version: string) => string;
  /** Build tags, separated by commas. @default - none */
  readonly tags?: string;
  /** C is compiled too. @default - pure Go */
  readonly cgo?: true;
  /** Text that is replaced in the module's source, where `how` is `own`. @default - it is built as published */
  readonly edits?: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** Source of the program, where `how` is `main`. */
  readonly source?: string;
}

const stamp = (version: string): string => {
  const [major, minor] = version.slice(1).split('.');
  const at = 'k8s.io/component-base/version';
  return `-X ${at}.gitVersion=${version} -X ${at}.gitMajor=${major} -X ${at}.gitMinor=${minor} -X ${at}.gitTreeState=clean`;
};

const under = (prefix: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `${prefix}/${name}`]));

// What a pod's sandbox runs: it waits, and reaps what the pod's processes leave behind.
const PAUSE = `package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGINT, syscall.SIGTERM)
	for s := range signals {
		if s != syscall.SIGCHLD {
			return
		}
		for pid := 1; pid > 0; {
			pid, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		}
	}
}
`;

// The plugins that a cluster's name server needs; all of CoreDNS would bring the clients of four clouds.
const COREDNS = ['errors', 'health', 'ready', 'kubernetes', 'cache', 'template', 'reload'];

export const RECIPES: Readonly<Record<Family, Recipe>> = {
  kubernetes: {
    module: 'k8s.io/kubernetes',
    programs: under('k8s.io/kubernetes/cmd', [
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kubelet',
      'kube-proxy',
      'kubectl',
    ]),
    how: 'staged',
    ldflags: stamp,
  },
  etcd: { module: 'go.etcd.io/etcd/server/v3', programs: { etcd: 'go.etcd.io/etcd/server/v3' }, how: 'required' },
  containerd: {
    module: 'github.com/containerd/containerd/v2',
    programs: under('github.com/containerd/containerd/v2/cmd', ['containerd', 'ctr', 'containerd-shim-runc-v2']),
    how: 'required',
  },
  runc: {
    module: 'github.com/opencontainers/runc',
    programs: { runc: 'github.com/opencontainers/runc' },
    how: 'required',
    ldflags: (version) => `-X main.version=${version.slice(1)}`,
    tags: 'seccomp',
    cgo: true,
  },
  'kube-network-policies': {
    module: 'sigs.k8s.io/kube-network-policies',
    programs: { 'kube-network-policies': './cmd/kube-network-policies/npa-v1alpha2' },
    how: 'own',
  },
  coredns: {
    module: 'github.com/coredns/coredns',
    programs: { coredns: '.' },
    how: 'main',
    source: `package main

import (
${COREDNS.map((plugin) => `\t_ "github.com/coredns/coredns/plugin/${plugin}"`).join('\n')}
	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
`,
  },
  pause: { programs: { pause: '.' }, how: 'main', source: PAUSE },
  crane: {
    module: 'github.com/google/go-containerregistry',
    programs: under('github.com/google/go-containerregistry/cmd', ['crane', 'registry']),
    how: 'required',
  },
  helm: { module: 'helm.sh/helm/v4', programs: { helm: 'helm.sh/helm/v4/cmd/helm' }, how: 'required' },
  kyverno: {
    module: 'github.com/kyverno/kyverno',
    programs: {
      kyverno: './cmd/kyverno',
      'kyverno-init': './cmd/kyverno-init',
      'kyverno-cli': './cmd/cli/kubectl-kyverno',
    },
    how: 'own',
  },
  cosign: {
    module: 'github.com/sigstore/cosign/v3',
    programs: { cosign: 'github.com/sigstore/cosign/v3/cmd/cosign' },
    how: 'required',
  },
  fulcio: {
    module: 'github.com/sigstore/fulcio',
    programs: { fulcio: 'github.com/sigstore/fulcio' },
    how: 'required',
  },
  rekor: {
    module: 'github.com/sigstore/rekor',
    programs: { 'rekor-server': 'github.com/sigstore/rekor/cmd/rekor-server' },
    how: 'required',
  },
  'rekor-tiles': {
    module: 'github.com/sigstore/rekor-tiles/v2',
    programs: { 'rekor-tiles': 'github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix' },
    how: 'required',
  },
  'timestamp-authority': {
    module: 'github.com/sigstore/timestamp-authority/v2',
    programs: { 'timestamp-server': 'github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server' },
    how: 'required',
  },
  trillian: {
    module: 'github.com/google/trillian',
    programs: under('github.com/google/trillian/cmd', ['trillian_log_server', 'trillian_log_signer', 'createtree']),
    how: 'required',
    // One store of four, and one election of two.
    tags: 'postgresql,etcd',
  },
  'certificate-transparency': {
    module: 'github.com/google/certificate-transparency-go',
    programs: { ct_server: 'github.com/google/certificate-transparency-go/trillian/ctfe/ct_server' },
    how: 'required',
  },
  'go-tuf': {
    module: 'github.com/theupdateframework/go-tuf',
    programs: { tuf: 'github.com/theupdateframework/go-tuf/cmd/tuf' },
    how: 'required',
  },
  'netpol-analyzer': {
    module: 'github.com/np-guard/netpol-analyzer',
    programs: { netpolicy: './cmd/netpolicy' },
    how: 'own',
  },
  'kube-score': {
    module: 'github.com/zegl/kube-score',
    programs: { 'kube-score': 'github.com/zegl/kube-score/cmd/kube-score' },
    how: 'required',
  },
  'agent-sandbox': {
    module: 'sigs.k8s.io/agent-sandbox',
    programs: { 'agent-sandbox-controller': './cmd/agent-sandbox-controller' },
    how: 'own',
  },
  gvisor: {
    module: 'gvisor.dev/gvisor',
    programs: { runsc: './runsc', 'containerd-shim-runsc-v1': './shim' },
    how: 'own',
    // The shim wants a score that a machine without CAP_SYS_RESOURCE may not give; the sandbox is as published.
    edits: [{ file: 'pkg/shim/v1/manager.go', from: 'oomScoreMax = -999', to: 'oomScoreMax = 0' }],
  },
};
