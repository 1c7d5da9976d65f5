import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from '../build';
import type { Log } from './logs';
import type { Servers } from './servers';

/**
 * A Rekor of the second version, with a key of its own: its log is files, and it gives no times.
 * @param port on loopback; the two after it by a hundred each are its gRPC's and its metrics'
 * @param origin by which its checkpoints call it
 */
export async function tiles(servers: Servers, name: string, port: number, origin: string): Promise<Log> {
  const at = (file: string): string => join(servers.folder, file);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(at(`${name}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(at(`${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
  mkdirSync(at(name));
  servers.start(name, join(await built('rekor-tiles'), 'rekor-tiles'), [
    ...['serve', `--storage-dir=${at(name)}`, `--signer-filepath=${at(`${name}.key`)}`, `--hostname=${origin}`],
    ...[`--http-port=${port}`, `--grpc-port=${port + 100}`, `--http-metrics-port=${port + 200}`],
    // It answers when an entry is in a checkpoint.
    '--checkpoint-interval=1s',
  ]);
  await servers.answer(name, port, '/healthz');
  return { port, key: at(`${name}.pub`) };
}
