import { storeSuite } from '../../services/governor/store/suite';
import { Postgres } from '../ledger/postgres';

describe('the store in PostgreSQL', () => {
  storeSuite(
    async () => {
      const postgres = await Postgres.start();
      return { url: postgres.url, end: () => postgres.stop() };
    },
    { runs: 20 },
  );
});
