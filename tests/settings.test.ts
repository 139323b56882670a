import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { origin, refusal } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

/** The document and its variables as text, since numbers in them are what it is about. */
async function settings(literal: string, variables = '{}') {
  const declared = literal.includes('$value') ? '($value: JSON)' : '';
  const query = `mutation ${declared} {
    updateOrganization(id: "${tenant.id}", input: { settings: ${literal} }) { settings }
  }`;
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.owner.token}` },
    body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
  });
  const { data, errors } = (await response.json()) as {
    data: { updateOrganization: { settings: unknown } | null };
    errors?: { extensions: Record<string, unknown> }[];
  };
  return errors ? { data, errors } : { data };
}

const inVariables = (number: string) => settings('$value', `{"value":{"a":[{"b":${number}}]}}`);
const inDocument = (number: string) => settings(`{ a: [{ b: ${number} }] }`);
const refused = {
  data: { updateOrganization: null },
  errors: [{ extensions: { code: 'BAD_USER_INPUT', fields: [{ path: 'input.settings', code: 'OUT_OF_RANGE' }] } }],
};

const tooMuch = ['9007199254740993', '-9007199254740992', '1e21', '1e400', '-1e400'];
test.each(tooMuch)('a number that no double keeps is refused: %s', async (number) => {
  expect(await inVariables(number)).toMatchObject(refused);
  expect(await inDocument(number)).toMatchObject(refused);
});

test.each(['0.12345678901234567890', '1.00000000000000000001', '1e-400', '0.30000000000000004999'])(
  'digits that a double would drop are seen in a document: %s',
  async (number) => {
    expect(await inDocument(number)).toMatchObject(refused);
  },
);

test('every other number comes back as it was sent', async () => {
  const number = fc.oneof(
    fc.maxSafeInteger().map(String),
    fc.double({ min: -9e15, max: 9e15, noNaN: true }).map((double) => String(double)),
    fc.constantFrom('0.10', '1.50e3', '5e-324', '0.00001', '100', '-0', '9007199254740991', '0.30000000000000004'),
  );
  await fc.assert(
    fc.asyncProperty(number, async (text) => {
      // JSON knows no negative zero.
      const stored = { a: [{ b: JSON.parse(JSON.stringify(Number(text))) }] };
      expect(await inVariables(text)).toEqual({ data: { updateOrganization: { settings: stored } } });
      expect(await inDocument(text)).toEqual({ data: { updateOrganization: { settings: stored } } });
    }),
    { numRuns: 40 },
  );
});

test('a variable inside the document is held to what variables are held to', async () => {
  const stored = { data: { updateOrganization: { settings: { a: [1.5] } } } };
  expect(await settings('{ a: [$value] }', '{"value":1.5}')).toEqual(stored);
  expect(await settings('{ b: [$value] }', '{"value":9007199254740993}')).toMatchObject(refused);
});

test('texts are kept in NFC, names as they are', async () => {
  const nfd = 'e\u0301';
  const { data } = await settings('$value', JSON.stringify({ value: { [nfd]: [nfd, { a: nfd }] } }));
  expect(data.updateOrganization!.settings).toEqual({ [nfd]: ['\u00e9', { a: '\u00e9' }] });
});

test('a refusal says what to do', async () => {
  const answer = refusal(
    tenant.owner.request(
      'mutation ($id: ID!) { updateOrganization(id: $id, input: { settings: { a: 1e400 } }) { id } }',
      {
        id: tenant.id,
      },
    ),
  );
  expect((await answer).fields).toMatchObject([{ message: expect.stringContaining('send other numbers as strings') }]);
});
