import { secrets } from '../../../../services/governor/guard/secrets';

// Put together here, so that nobody takes this file for a leak.
const TOKEN = `ghp_${'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'}`;

test('what was clean is clean again, and what was not is found each time', async () => {
  for (let round = 0; round < 3; round++) {
    await expect(secrets.find('assistant')).resolves.toEqual([]);
    await expect(secrets.find(TOKEN)).resolves.toMatchObject([{ detector: 'secrets', start: 0, end: TOKEN.length }]);
    await expect(secrets.find(`assistant ${TOKEN}`)).resolves.toHaveLength(1);
  }
});

test('so many clean texts that the first is forgotten: it is looked at again, and found nothing in', async () => {
  await Promise.all(Array.from({ length: 1_100 }, (_, i) => secrets.find(`text ${i}`)));
  await expect(secrets.find('text 0')).resolves.toEqual([]);
  await expect(secrets.find(TOKEN)).resolves.toHaveLength(1);
});
