import { expect, test } from '@jest/globals';
import { type GraphQLInputObjectType, isInputObjectType } from 'graphql';
import { Customer } from '../../src/crm/customers/customer.js';
import { conditionOf } from '../../src/platform/reading/conditions.js';
import { isOperator } from '../../src/platform/records/filters.js';
import { recordOf } from '../../src/platform/records/record.js';
import { makeSchema } from '../../src/schema.js';
import { anOwner } from '../support/viewer.js';

const conditions = Object.values(makeSchema().getTypeMap())
  .filter(isInputObjectType)
  .filter(({ description }) =>
    /^Conditions on .*; all given operators must hold|^Condition on a/.test(description ?? ''),
  );

test.each(conditions.map((type): [string, GraphQLInputObjectType] => [type.name, type]))(
  'every operator of %s is known to the check of filters and to SQL',
  (_name, type) => {
    for (const operator of Object.keys(type.getFields())) {
      expect(isOperator(operator)).toBe(true);
      const condition = conditionOf(recordOf(Customer), { name: { [operator]: 'x' } }, 't', anOwner);
      expect(condition.text).toMatch(/"name"/);
    }
  },
);
