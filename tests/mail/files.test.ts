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

  // The demo data has an invitation, whose message waits for the first server that sends mail.
  const paths = readdirSync(join(DATA_FOLDER, 'mail')).map((file) => join(DATA_FOLDER, 'mail', file));
  expect(paths.map((path) => statSync(path).mode & 0o077)).toEqual([0, 0]);
  const recipients = paths.map((path) => /^To: (.*)\r$/m.exec(readFileSync(path, 'utf8'))?.[1]);
  expect(recipients.sort()).toEqual(['olivia.grant@northgate.example', 'zoe.frank@solo.example']);
  expect(server.output()).toContain('Mail to zoe.frank@solo.example: Invitation to join Harbor & Pine Studio');

  const use = `mutation {
    resetPassword(input: { token: "${token}", newPassword: "another-horse" }) { revokedSessions }
  }`;
  expect(await ask(url, use)).toMatchObject({ data: { resetPassword: {} } });
  const logged = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  expect(logged.length).toBeGreaterThan(2);
  expect(logged.filter((line) => line.includes(token!) || line.includes('olivia.grant'))).toEqual([]);
  await stop(server);
});

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
});
