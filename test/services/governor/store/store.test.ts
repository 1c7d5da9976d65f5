/** @jest-environment ./test/system/ledger/outside.js */
import { storeSuite } from './suite';

jest.mock('@electric-sql/pglite', () => (globalThis as unknown as { pglite: object }).pglite);

describe('the store in PGlite', () => {
  storeSuite(async () => ({ url: 'pglite:memory', end: () => {} }), { runs: 6 });
});
