import { Docket, exceptions, exceptionsFrom } from '../../judges/exceptions';

const REASON = 'a reason that is long enough to convince somebody';
const one = { checks: { judge: ['check'] }, objects: ['Deployment a/*'], reason: REASON };
const finding = (object: string, check = 'check') => ({ check, object, message: 'm' });

describe('exceptions', () => {
  test('the file is short, and each entry names judges, checks, objects and why', () => {
    expect(exceptions().length).toBeGreaterThan(0);
    expect(exceptions().length).toBeLessThanOrEqual(15);
  });

  test.each([
    ['an unknown key', { ...one, object: 'x' }, 'object'],
    ['no reason', { checks: { j: ['c'] }, objects: ['o'] }, 'reason'],
    ['no check', { ...one, checks: { judge: [] } }, 'checks'],
    ['a reason that is none', { ...one, reason: 'because' }, '40 characters'],
    ['no objects', { ...one, objects: [] }, 'objects'],
  ])('%s is refused', (_what, entry, message) => {
    expect(() => exceptionsFrom(JSON.stringify([entry]))).toThrow(message);
  });

  test('an exception answers for its judge, its check and its objects, and for nothing else', () => {
    const docket = new Docket([one]);
    const objects = ['Deployment a/b', 'Deployment b/b', 'StatefulSet a/b', 'XDeployment a/b'].map((o) => finding(o));
    const { excepted, open } = docket.part('judge', [...objects, finding('Deployment a/b', 'checks')]);
    expect(excepted).toEqual([objects[0]]);
    expect(open).toHaveLength(4);
    expect(docket.part('another', [finding('Deployment a/b')]).excepted).toEqual([]);
    expect(new Docket([{ ...one, objects: ['Role a.b'] }]).part('judge', [finding('Role axb')]).excepted).toEqual([]);
  });

  test('one that nothing needs is stale, unless its judge was not asked', () => {
    const checks = { judge: ['check', 'other'], third: ['check'] };
    const docket = new Docket([{ ...one, checks, objects: ['Deployment a/*', 'Deployment c/*'] }]);
    docket.part('judge', [finding('Deployment a/b'), finding('Deployment c/b', 'other')]);
    expect(docket.stale(['judge'])).toEqual(['judge check: Deployment c/*', 'judge other: Deployment a/*']);
    expect(docket.stale(['another'])).toEqual([]);
  });
});
