import { globSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { dealClosed } from './support/analytics.js';
import { freshEmail, newCustomer } from './support/customers.js';
import { newTenant, type Tenant } from './support/tenant.js';

const examples = globSync(['docs/**/*.md', 'src/**/*.md']).flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```graphql\n(.*?)^```$/gms)].map(
    ([, document]) => [page, document!] as const,
  ),
);

/** What the pages leave to the reader. */
const variables = () => ({ rows: [{ by: { email: freshEmail() }, input: { name: 'Kim' } }] });

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
  const { id: customerId } = await newCustomer(tenant.owner);
  await dealClosed(tenant.owner, { customerId, value: '100' }, 'markWon', '2026-03-31');
});

test('there are examples', () => expect(examples.length).toBeGreaterThan(0));

test.each(examples)('an example of %s is answered without errors: %s', async (_, document) => {
  const answer = await tenant.owner.request<object>(document, document.includes('$') ? variables() : {});
  expect(Object.values(answer)).not.toContain(null);
});
