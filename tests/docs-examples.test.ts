import { globSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { examples as ofPages } from '../src/pages/examples.js';
import { findDeprecatedUses } from '../src/platform/graphql/deprecated-uses.js';
import { dealClosed } from './support/analytics.js';
import { permissionIds } from './support/api-keys.js';
import { freshEmail, newCustomer } from './support/customers.js';
import { schema } from './support/schema.js';
import { newTenant, type Tenant } from './support/tenant.js';

const examples = globSync(['README.md', 'docs/**/*.md', 'src/**/*.md']).flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```graphql\n(.*?)^```$/gms)].map(
    ([, document]) => [page, document!] as const,
  ),
);

/** Parts that the pages leave to the reader. */
const variables = async () => ({
  rows: [{ by: { email: freshEmail() }, input: { name: 'Kim' } }],
  permissionIds: await permissionIds(tenant.id, ['customer:read']),
});

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
  const { id: customerId } = await newCustomer(tenant.owner);
  await dealClosed(tenant.owner, { customerId, value: '100' }, 'markWon', '2026-03-31');
});

test('there are examples', () => expect(examples.length).toBeGreaterThan(0));

const deprecatedUses = findDeprecatedUses(schema);

test.each([...examples, ...ofPages.map((document) => ['the explorer', document] as const)])(
  'an example of %s uses nothing deprecated: %s',
  (_, document) => expect(deprecatedUses({ request: {}, document: parse(document) })).toEqual([]),
);

test.each(examples)('an example of %s is answered without errors: %s', async (_, document) => {
  const answer = await tenant.owner.request<object>(document, document.includes('$') ? await variables() : {});
  expect(Object.values(answer)).not.toContain(null);
});
