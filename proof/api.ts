import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirepitError } from '../lib/errors';

/** Which cluster is asked, and through which program. */
export interface Target {
  /** @default - what kubectl itself would use */
  readonly kubeconfig?: string;
  readonly context?: string;
  /** @default 'kubectl' */
  readonly kubectl?: string;
}

/** Whom a request is made as. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What the API server answered. */
export interface Reply {
  readonly status: number;
  readonly ok: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: objects of any kind
  readonly body: any;
  /** Its words, where it refused. */
  readonly message: string;
  readonly warnings: readonly string[];
  /** Its clock. @default - it said none */
  readonly date?: Date;
}

interface Sent {
  readonly body?: unknown;
  readonly type?: string;
  readonly as?: Identity;
}

const CONNECT_SECONDS = 20;
const REQUEST_SECONDS = 30;

/**
 * kubectl ends with us, however we end: its standard input closes with this process, and the shell beside it waits for that.
 * Nobody hears the shell then: a word about a kubectl that ended before it would be its end, and leave the folder.
 */
const KEEPER = 'f=$1; shift; "$@" & p=$!; read -r _; exec 2>/dev/null; kill $p; rm -rf "$f"';

const cannot = (what: string, fix: string): FirepitError => new FirepitError('cluster', `${what}\n  fix: ${fix}`);

/**
 * An API server, through `kubectl proxy` on a socket that only this user can open: kubectl knows every way to log in,
 * and over HTTP a request can be made as somebody else, as a dry run, and to any subresource.
 */
export class Api {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** @throws FirepitError `cluster` */
  static async open(target: Target = {}): Promise<Api> {
    const folder = mkdtempSync(join(tmpdir(), 'firepit-proxy-'));
    const socket = join(folder, 'api');
    const kubectl = target.kubectl ?? 'kubectl';
    const args = [
      ...(target.kubeconfig === undefined ? [] : [`--kubeconfig=${target.kubeconfig}`]),
      ...(target.context === undefined ? [] : [`--context=${target.context}`]),
      'proxy',
      `--unix-socket=${socket}`,
      // By itself it refuses exec and attach, which are among what is asked.
      '--reject-paths=^$',
    ];
    const child = spawn('sh', ['-c', KEEPER, 'sh', folder, kubectl, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C is for us alone: taking the copy away needs the proxy.
      detached: true,
    });
    const api = new Api(child, folder);
    let words = '';
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => {
        api.close();
        reject(cannot(`kubectl cannot reach the cluster: ${why.trim() || 'it said nothing'}`, fixFor(why, kubectl)));
      };
      const late = setTimeout(() => fail(`not within ${CONNECT_SECONDS} s`), CONNECT_SECONDS * 1000);
      child.stdout?.on('data', (chunk) => {
        if (!String(chunk).includes('Starting to serve')) return;
        clearTimeout(late);
        resolve();
      });
      child.stderr?.on('data', (chunk) => {
        words += chunk;
        if (!/error|not found|No such file|unable|invalid/i.test(words)) return;
        clearTimeout(late);
        fail(words);
      });
      child.on('error', (error) => fail(error.message));
    });
    child.unref();
    try {
      await api.reach();
      return api;
    } catch (error) {
      api.close();
      throw error;
    }
  }

  close(): void {
    this.child.stdin?.destroy();
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get(path: string, as?: Identity): Promise<Reply> {
    return this.send('GET', path, { as });
  }

  /** @throws FirepitError `cluster` when the connection fails */
  async send(method: Method, path: string, sent: Sent = {}): Promise<Reply> {
    try {
      return await this.ask(method, path, sent);
    } catch (error) {
      throw cannot(`the connection to the cluster is lost: ${(error as Error).message}`, 'run the command again');
    }
  }

  /** @throws Error of the connection */
  private ask(method: Method, path: string, sent: Sent): Promise<Reply> {
    const text = sent.body === undefined ? undefined : JSON.stringify(sent.body);
    const headers: Record<string, string | string[]> = { accept: 'application/json' };
    if (text !== undefined) headers['content-type'] = sent.type ?? 'application/json';
    if (sent.as !== undefined) {
      headers['impersonate-user'] = sent.as.user;
      if (sent.as.groups !== undefined) headers['impersonate-group'] = [...sent.as.groups];
    }
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        { socketPath: join(this.folder, 'api'), method, path, headers, timeout: REQUEST_SECONDS * 1000, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => {
            const { date, warning } = response.headers;
            resolve({
              ...read(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')),
              warnings: warning === undefined ? [] : [String(warning)],
              ...(date === undefined ? {} : { date: new Date(date) }),
            });
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error(`no answer within ${REQUEST_SECONDS} s`)));
      request.on('error', reject);
      request.end(text);
    });
  }

  private async reach(): Promise<void> {
    const fix = 'check the server of the kubeconfig, and the network';
    const reply = await this.ask('GET', '/version', {}).catch((error: Error) => {
      throw cannot(`the cluster does not answer: ${error.message}`, fix);
    });
    if (reply.ok) return;
    throw reply.status === 401 || reply.status === 403
      ? cannot(
          `the cluster knows nobody by this kubeconfig: ${reply.message}`,
          'log in again, or name another --context',
        )
      : cannot(`the cluster does not answer: ${reply.message}`, fix);
  }
}

const read = (status: number, text: string): Pick<Reply, 'status' | 'ok' | 'body' | 'message'> => {
  const ok = status >= 200 && status < 300;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = text;
  }
  const said = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : text.trim();
  return { status, ok, body, message: ok ? '' : said || `status ${status}` };
};

const fixFor = (words: string, kubectl: string): string => {
  if (/not found|ENOENT/.test(words) && words.includes(kubectl))
    return 'install kubectl, or name it with --kubectl <path>';
  if (/context/.test(words)) return 'name a context of the kubeconfig: kubectl config get-contexts';
  return 'name a kubeconfig with --kubeconfig <file>, or set KUBECONFIG';
};
