import { expect, test } from '@jest/globals';
import { type OperationDefinitionNode, parse } from 'graphql';
import { groupFieldsOf, isDate } from '../../src/analytics/explore/dimensions.js';
import { measuredOf } from '../../src/analytics/explore/measures.js';
import { Costs } from '../../src/platform/graphql/cost/costs.js';
import { limits } from '../../src/platform/graphql/limits.js';
import { type RecordSpec, recordNamed } from '../../src/platform/records/record.js';
import { makeSchema, prices } from '../../src/schema.js';

const schema = makeSchema();
const costs = new Costs(schema, prices);

function costOf(text: string): number {
  const document = parse(text);
  return costs.demand(document, document.definitions[0] as OperationDefinitionNode);
}

const units = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'];
const year = 'from: "2025-01-01", to: "2025-12-31"';

const money = '{ amount currency otherCurrencies { amount currency } }';

/** The selection of a chart: keys, a count, the sum of a number, and the same one period earlier. */
function reportOn(record: RecordSpec, args: string): string {
  const [number] = measuredOf(record);
  const query = `${record.name.charAt(0).toLowerCase()}${record.name.slice(1)}Analytics`;
  const sum = number ? `sum { ${number.name} ${number.measure === 'money' ? money : ''} }` : '';
  return `{ ${query}(${args}) {
    groups { keys { field value label startDate endDate } isOther count ${sum} previous { count ${sum} } }
    total { count ${sum} }
    previousTotal { count ${sum} }
  } }`;
}

const pairs = <One>(all: readonly One[]): [One, One][] =>
  all.flatMap((first, n) => all.slice(n + 1).map((second): [One, One] => [first, second]));

test.each(['Deal', 'Lead', 'Customer', 'Activity', 'Employee', 'Vendor'])(
  'any report on a %s by default arguments keeps within the limit of cost, also when it is compared',
  (name) => {
    const record = recordNamed(name)!;
    const fields = [...groupFieldsOf(record)];
    const dates = fields.filter(([, spec]) => isDate(spec)).map(([field]) => field);
    const categories = fields.filter(([, spec]) => !isDate(spec)).map(([field]) => `{ field: ${field} }`);
    const periods = dates.flatMap((field) => units.map((unit) => `{ field: ${field}, granularity: ${unit} }`));
    const groupings = [
      ...categories,
      ...periods,
      ...pairs(categories).map((both) => both.join()),
      ...categories.flatMap((category) => periods.map((period) => `${category}, ${period}`)),
    ];
    const comparison = `period: { field: ${dates[0]}, ${year} }, compareTo: PREVIOUS_YEAR`;
    const refused = groupings.flatMap((grouping) =>
      ['', comparison].flatMap((compared) => {
        const args = `groupBy: [${grouping}] ${compared}`;
        try {
          return costOf(reportOn(record, args)) > limits.cost ? [args] : [];
        } catch (error) {
          return [`${args}: ${(error as Error).message}`];
        }
      }),
    );
    expect(refused.slice(0, 5)).toEqual([]);
  },
);
