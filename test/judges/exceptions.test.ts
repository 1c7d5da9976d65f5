import { Docket, exceptions, exceptionsFrom } from '../../judges/exceptions';

const REASON = 'a reason that is long enough to convince somebody';
const one = { judge: 'judge', check: 'check', objects: ['Deployment a/*'], reason: REASON };
const finding = (object: string, check = 'check') => ({ check, object, message: 'm' });

describe('exceptions', () => {
  test('the file is short, and each entry names a judge, a check, objects and why', () => {
    expect(exceptions().length).toBeGreaterThan(0);
    expect(exceptions().length).toBeLessThanOrEqual(10);
  });

  test.each([
    ['an unknown key', { ...one, object: 'x' }, 'object'],
    ['no reason', { judge: 'j', check: 'c', objects: ['o'] }, 'reason'],
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
    const docket = new Docket([{ ...one, objects: ['Deployment a/*', 'Deployment c/*'] }]);
    docket.part('judge', [finding('Deployment a/b')]);
    expect(docket.stale(['judge'])).toEqual(['judge check: Deployment c/*']);
    expect(docket.stale(['another'])).toEqual([]);
  });
});
