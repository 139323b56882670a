import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { ask, boot, newFolder, stop, urlOf } from '../support/boot.js';
import { eventually } from '../support/eventually.js';

const reset = (email: string) => `mutation { requestPasswordReset(input: { email: "${email}" }) { accepted } }`;

test('in development, messages are files and their links are printed, but not logged', async () => {
  const DATA_FOLDER = newFolder();
  const server = boot({ DATA_FOLDER, LOG_LEVEL: 'trace' });
  const url = await urlOf(server);
  expect(await ask(url, reset('olivia.grant@northgate.example'))).toMatchObject({
    data: { requestPasswordReset: { accepted: true } },
  });
  const printed =
    /Mail to olivia\.grant@northgate\.example: Choose a new password\n {2}(http:\S+\/reset\?token=(\S{43}))\n/;
  await eventually(() => printed.test(server.output()));
  const [, link, token] = printed.exec(server.output())!;
  expect(link).toMatch(/^http:\/\/localhost:\d+\/reset/);

  const [file, ...others] = readdirSync(join(DATA_FOLDER, 'mail'));
  expect(others).toEqual([]);
  expect(statSync(join(DATA_FOLDER, 'mail', file!)).mode & 0o077).toBe(0);
  expect(readFileSync(join(DATA_FOLDER, 'mail', file!), 'utf8')).toMatch(/^To: olivia.grant@northgate.example\r$/m);

  const use = `mutation { resetPassword(input: { token: "${token}", newPassword: "another-horse" }) { revokedSessions } }`;
  expect(await ask(url, use)).toMatchObject({ data: { resetPassword: {} } });
  const logged = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  expect(logged.length).toBeGreaterThan(2);
  expect(logged.filter((line) => line.includes(token!) || line.includes('olivia.grant'))).toEqual([]);
  await stop(server);
}, 60_000);

test('in production without a mail server, the start says so and what needs mail is refused', async () => {
  const server = boot({
    DATA_FOLDER: newFolder(),
    NODE_ENV: 'production',
    TOKEN_KEYS: JSON.stringify([await generateKey()]),
  });
  const url = await urlOf(server);
  await eventually(() => server.output().includes('Without MAIL_URL no mail is sent'));
  expect(await ask(url, reset('nobody@people.example'))).toMatchObject({
    errors: [{ extensions: { code: 'CONFLICT', reason: 'MAIL_NOT_CONFIGURED' } }],
  });
  await stop(server);
}, 60_000);
