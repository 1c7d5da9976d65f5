import { readFileSync } from 'node:fs';
import { signerOf } from '../../../services/ledger';
import { Integrator } from '../../../services/ledger/integrator';
import { Log } from '../../../services/ledger/log';
import { databaseSink, openDatabase, Recorder, written } from '../../../services/state';
import { decision } from '../../services/state/example';

/** Records and signs as fast as it can until it is killed; says each entry that was acknowledged. */
async function main([url = '', key = '', folder = '']: readonly string[]): Promise<void> {
  const recorder = new Recorder([databaseSink(await openDatabase(url, 'writer'))]);
  const signer = signerOf('firepit.dev/desk', readFileSync(key));
  const integrator = await Integrator.of(await openDatabase(url, 'reader'), Log.open(folder, signer));
  const call = async (): Promise<never> => {
    for (;;) {
      const entry = written(decision());
      await recorder.record(entry);
      process.stdout.write(`${entry.id}\n`);
    }
  };
  await Promise.all([...Array.from({ length: 16 }, call), integrator.run(1, new AbortController().signal)]);
}

void main(process.argv.slice(2));
