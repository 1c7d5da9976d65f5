import { personFor } from '../../dev/steps';

test('who may ask is a person in the group, or the person', () => {
  expect(personFor(['group:support', 'user:ada'])).toEqual({ subject: 'developer', groups: ['support'] });
  expect(personFor(['user:ada'])).toEqual({ subject: 'ada', groups: [] });
});
