import { beforeAll, expect, test } from '@jest/globals';
import { type GraphQLInputObjectType, getNamedType, isInputObjectType } from 'graphql';
import { v7 } from 'uuid';
import { wholeAnswer } from './support/answers.js';
import { schema } from './support/schema.js';
import { newTenant, type Tenant } from './support/tenant.js';

const changes = Object.values(schema.getMutationType()!.getFields()).flatMap(({ name, args }) => {
  const input = args.find((argument) => argument.name === 'input');
  const type = input && getNamedType(input.type);
  const hasId = args.some((argument) => argument.name === 'id');
  return isInputObjectType(type) && /^update\w+$/.test(name) && !name.endsWith('Where')
    ? [[name, type, hasId] as const]
    : [];
});

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

/** An id that the rule admits; arguments are checked before any record is looked up. */
const idFor = (name: string) =>
  name === 'updateUser' ? tenant.owner.id : name === 'updateOrganization' ? tenant.id : v7();

const says = (type: GraphQLInputObjectType): string[] =>
  Object.values(type.getFields())
    .filter(({ description }) => description!.endsWith('Null is refused.'))
    .map(({ name }) => `input.${name}`);

test.each(changes)('%s refuses null for exactly the fields that say so', async (name, type, hasId) => {
  const input = Object.fromEntries(Object.keys(type.getFields()).map((field) => [field, null]));
  const document = hasId
    ? `mutation ($id: ID!, $input: ${type.name}!) { ${name}(id: $id, input: $input) { id } }`
    : `mutation ($input: ${type.name}!) { ${name}(input: $input) { id } }`;
  const { errors } = await wholeAnswer(tenant.owner, document, { input, ...(hasId && { id: idFor(name) }) });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  const faults = errors![0]!.extensions.fields as { path: string; code: string; message: string }[];
  const refused = faults.filter(({ message }) => message.startsWith('must not be null'));
  expect(refused.map(({ path }) => path).sort()).toEqual(says(type).sort());
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['REQUIRED']));
});
