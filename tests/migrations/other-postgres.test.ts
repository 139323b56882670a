import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newFolder } from '../support/boot.js';
import { runCommand } from '../support/commands.js';
import { type OtherPostgres, startOtherPostgres } from '../support/other-postgres.js';
import { clientOf, expectAnswersOf, folder, serve, signIn } from '../support/releases.js';

/** Programs of another version, if there are any: those named, or in the long form those that Debian installs. */
function find(): string | undefined {
  const { TEST_POSTGRES_BIN, TEST_LONG } = process.env;
  if (TEST_POSTGRES_BIN || !TEST_LONG) return TEST_POSTGRES_BIN;
  const installed = '/usr/lib/postgresql';
  const versions = existsSync(installed) ? readdirSync(installed) : [];
  return versions.filter((version) => version !== '18').map((version) => join(installed, version, 'bin'))[0];
}

const programs = find();
const release = '0.1.0';

(programs ? describe : describe.skip)('a PostgreSQL of another version', () => {
  let other: OtherPostgres;
  const backup = join(newFolder(), 'other.gz');
  beforeAll(async () => {
    other = await startOtherPostgres(programs!);
    console.log(`PostgreSQL ${other.version}`);
  });
  afterAll(() => other.stop());

  test('takes a backup of the embedded one, and the server on it answers and writes', async () => {
    expect(await runCommand('restore', other.settings, `${folder}/${release}.gz`)).toMatchObject({ code: 0 });
    await serve(other.settings, async (url) => {
      await expectAnswersOf(release, url);
      const owner = clientOf(url, await signIn(url, 'hugo.brandt'));
      const send = async (name: string, args: string) => {
        const answer = await owner.request<Record<string, { id: string }>>(`mutation { ${name}(${args}) { id } }`);
        return answer[name]!.id;
      };
      const customer = await send('createCustomer', 'input: { name: "New", email: "new@texts.example" }');
      const deal = await send('createDeal', `input: { title: "New", value: "10.50", customerId: "${customer}" }`);
      await send('markWon', `id: "${deal}"`);
      await send('deleteDeal', `id: "${deal}"`);
      await send('deleteCustomer', `id: "${customer}"`);
    });
  });

  test('is left for the embedded one by a backup', async () => {
    const DATA_FOLDER = newFolder();
    expect(await runCommand('backup', other.settings, backup)).toMatchObject({ code: 0 });
    expect(await runCommand('restore', { DATA_FOLDER }, backup)).toMatchObject({ code: 0 });
    await serve({ DATA_FOLDER }, (url) => expectAnswersOf(release, url));
  });
});
