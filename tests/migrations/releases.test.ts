import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { emptyDatabase, runCommand } from '../support/commands.js';
import { clientOf, expectAnswersOf, folder, serve, signIn } from '../support/releases.js';

const releases = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## \[(\d.*)\]/gm)].map(([, version]) => version!);

test('every release of the changelog is here', () => {
  expect(releases.length).toBeGreaterThan(0);
  const files = releases.flatMap((release) => [`${release}.gz`, `${release}.json`]);
  expect(readdirSync(folder).sort()).toEqual([...files, 'record.mjs'].sort());
});

test.each(releases)('the data of %s gives the same answers after all later migrations', async (release) => {
  const target = await emptyDatabase();
  expect(await runCommand('restore', target, `${folder}/${release}.gz`)).toMatchObject({ code: 0 });
  await serve(target, async (url) => {
    await expectAnswersOf(release, url);
    const owner = clientOf(url, await signIn(url, 'olivia.grant'));
    const create = `mutation { createCustomer(input: { name: "New", email: "new@texts.example" }) { code } }`;
    expect(await owner.request(create)).toEqual({ createCustomer: { code: expect.stringMatching(/^CUST-\d{4}$/) } });
  });
});
