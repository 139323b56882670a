import { expect, test } from '@jest/globals';
import { newApiKey } from '../support/api-keys.js';
import { sql } from '../support/database.js';
import { file, script } from '../support/scripts.js';
import { newTenant } from '../support/tenant.js';

const rows = 'external id,name,email\nX-1,Kim,kim@scripts.example\n';
const nobody = { username: '' };
const withKey = (secret: string) => ({ CRM_API_KEY: secret, CRM_USERNAME: undefined, CRM_PASSWORD: undefined });

test('the example scripts act with a key, and sign nobody in', async () => {
  const { id, owner } = await newTenant();
  const permissions = ['customer:read', 'customer:create', 'customer:update'];
  const { secret } = await newApiKey(owner, id, { permissions });
  const loaded = await script('upsert-customers', [file(rows)], nobody, withKey(secret));
  expect(loaded).toMatchObject({ code: 0, stderr: '' });
  const exported = await script('export-list', ['customers', '--fields', 'name'], nobody, withKey(secret));
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('Kim') });
  expect(await sql('select id from sessions where user_id = $1', [owner.id])).toHaveLength(1);
  const refused = await script('hand-over-overdue-deals', [id, owner.id, '--yes'], nobody, withKey(secret));
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('MISSING_PERMISSION') });
});

test('a key that does not work is told, and not shown', async () => {
  const secret = `tgc_${'A'.repeat(43)}`;
  const { code, stderr, stdout } = await script('export-list', ['customers'], nobody, withKey(secret));
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'export-list: The server refuses the API key; check CRM_API_KEY\n',
  });
  expect(stdout + stderr).not.toContain(secret);
});
