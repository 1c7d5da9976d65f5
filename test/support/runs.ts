/** How many random inputs a property is tried on: ten times as many in `npm run test:long`. */
export const runs = (usually: number): number => (process.env.FIREPIT_LONG === '1' ? usually * 10 : usually);
