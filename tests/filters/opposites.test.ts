import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { activityRow, customerRow, type Fields, insertRows } from '../support/customers.js';
import { type Filter, kept } from '../support/filtered-customers.js';
import { newTenant, type Tenant } from '../support/tenant.js';

describe('any filter and its opposite', () => {
  interface Model extends Fields {
    id: string;
    name: string;
    assignedTo: Fields | null;
    activities: Fields[];
  }

  const words = ['web', 'Web', 'Öl', 'öl', '50%_a', '50xya', 'a\\b', 'ab', 'émile'];
  const timeZone = 'Pacific/Auckland';
  const moments = [
    '2024-01-01T00:00:00.000Z',
    '2024-01-01T00:00:00.001Z',
    '2024-02-29T12:30:00.120Z',
    '2024-01-31T10:59:59.999Z',
    '2024-01-31T11:00:00.000Z',
  ];
  const days = ['2024-01-01', '2024-01-31', '2024-02-01', '2024-03-01'];
  const dayOf = (moment: unknown) => new Date(moment as string).toLocaleDateString('sv-SE', { timeZone });
  const decimals = ['1.00', '2.50', '5.00'];
  const statuses = ['ACTIVE', 'INACTIVE', 'PROSPECT', 'VIP'];
  const tags = ['a', 'A', 'b', '%'];
  const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length]!;
  const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const columnsOf = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [snakeCase(name), value]));

  async function world(): Promise<{ tenant: Tenant; models: Model[]; employees: string[] }> {
    const tenant = await newTenant();
    await tenant.owner.request(
      'mutation ($id: ID!, $timezone: TimeZone) { updateOrganization(id: $id, input: { timezone: $timezone }) { id } }',
      { id: tenant.id, timezone: timeZone },
    );
    const firstNames = ['Öl', 'web', 'Web'];
    const employees = await Promise.all(firstNames.map((firstName) => tenant.employee({ firstName })));
    const models = Array.from({ length: 36 }, (_, n): Model => {
      const who = n % 4 === 3 ? null : n % employees.length;
      const fields = {
        source: n % 3 ? pick(words, n) : null,
        companyName: n % 5 ? pick(words, n * 2) : null,
        status: pick(statuses, n),
        customerType: pick(['INDIVIDUAL', 'BUSINESS'], n),
        rating: n % 4 ? pick(decimals, n) : null,
        tags: tags.filter((_tag, t) => (n >> t) & 1),
        createdAt: pick(moments, n),
        assignedToId: who === null ? null : employees[who]!,
      };
      const activities = Array.from({ length: n % 3 }, (_, m) => ({
        title: pick(words, n + m),
        activityType: pick(['CALL', 'NOTE', 'TASK'], n + m),
        isPinned: (n + m) % 2 === 0,
        scheduledAt: (n + m) % 3 ? pick(moments, n + m) : null,
      }));
      const assignedTo = who === null ? null : { firstName: firstNames[who]!, id: employees[who]! };
      return { id: v7(), name: `customer ${String(n).padStart(2, '0')}`, ...fields, assignedTo, activities };
    });
    await insertRows(
      'customers',
      models.map(({ assignedTo: _, activities: __, ...fields }) => customerRow(tenant.id, columnsOf(fields))),
    );
    await insertRows(
      'activities',
      models.flatMap(({ id, activities }) =>
        activities.map((fields) =>
          activityRow(tenant.id, { scheduled_at: null, ...columnsOf(fields), customer_id: id }),
        ),
      ),
    );
    return { tenant, models, employees };
  }

  /** The operators of filters, in JavaScript. */
  function holds(filter: Filter, row: Fields): boolean {
    return Object.entries(filter).every(([name, value]) => {
      if (name === 'and') return (value as Filter[]).every((part) => holds(part, row));
      if (name === 'or') return (value as Filter[]).some((part) => holds(part, row));
      if (name === 'not') return !holds(value as Filter, row);
      if (name === 'assignedTo') return row.assignedTo !== null && holds(value as Filter, row.assignedTo as Fields);
      if (name === 'activities')
        return Object.entries(value as Filter).every(([quantifier, content]) => {
          const fitting = (row.activities as Fields[]).map((activity) => holds(content as Filter, activity));
          if (quantifier === 'every') return fitting.every(Boolean);
          return fitting.some(Boolean) === (quantifier === 'some');
        });
      return Object.entries(value as Filter).every(([operator, operand]) => fits(row[name], operator, operand));
    });
  }

  function fits(value: unknown, operator: string, operand: unknown): boolean {
    const text = () => (value as string).toLowerCase();
    const list = value as string[];
    const compared = () => {
      const numbers = [value, operand].map((side) =>
        /T/.test(side as string) ? Date.parse(side as string) : Number(side),
      );
      return numbers[0]! - numbers[1]!;
    };
    const isNull = value === null;
    switch (operator) {
      case 'eq':
        return value === operand;
      case 'ne':
        return value !== operand;
      case 'in':
        return (operand as unknown[]).includes(value);
      case 'notIn':
        return !(operand as unknown[]).includes(value);
      case 'eqIgnoreCase':
        return !isNull && text() === (operand as string).toLowerCase();
      case 'onDate':
        return !isNull && dayOf(value) === operand;
      case 'from':
        return !isNull && dayOf(value) >= (operand as string);
      case 'to':
        return !isNull && dayOf(value) <= (operand as string);
      case 'gt':
        return !isNull && compared() > 0;
      case 'gte':
        return !isNull && compared() >= 0;
      case 'lt':
        return !isNull && compared() < 0;
      case 'lte':
        return !isNull && compared() <= 0;
      case 'contains':
        return !isNull && text().includes((operand as string).toLowerCase());
      case 'startsWith':
        return !isNull && text().startsWith((operand as string).toLowerCase());
      case 'endsWith':
        return !isNull && text().endsWith((operand as string).toLowerCase());
      case 'isNull':
        return isNull === operand;
      case 'has':
        return list.includes(operand as string);
      case 'hasAny':
        return (operand as string[]).some((tag) => list.includes(tag));
      case 'hasAll':
        return (operand as string[]).every((tag) => list.includes(tag));
      case 'isEmpty':
        return (list.length === 0) === operand;
      default:
        throw new Error(operator);
    }
  }

  /** One or two operators at once. */
  const conditions = (operators: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Filter> =>
    fc
      .uniqueArray(fc.constantFrom(...Object.keys(operators)), { minLength: 1, maxLength: 2 })
      .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, operators[name]!]))));

  const oneOf = (values: readonly string[]) => fc.constantFrom(...values);
  const someOf = (values: readonly string[]) => fc.uniqueArray(oneOf(values), { maxLength: 3 });
  const equality = (values: readonly string[]) => ({
    eq: oneOf(values),
    ne: oneOf(values),
    in: someOf(values),
    notIn: someOf(values),
    isNull: fc.boolean(),
  });
  const choice = (values: readonly string[]) => conditions(equality(values));
  const ordered = (values: readonly string[]) => ({
    ...equality(values),
    ...{ gt: oneOf(values), gte: oneOf(values), lt: oneOf(values), lte: oneOf(values) },
  });
  const range = (values: readonly string[]) => conditions(ordered(values));
  const instant = conditions({ ...ordered(moments), onDate: oneOf(days), from: oneOf(days), to: oneOf(days) })
    // A range that ends before it begins is refused.
    .filter(({ from, to }) => !from || !to || String(from) <= String(to));
  const piece = fc.oneof(oneOf(words), oneOf(['', '%', '_', '\\', 'B', 'ö', 'É', '50']));
  const text = conditions({
    ...equality(words),
    eqIgnoreCase: oneOf(words),
    contains: piece,
    startsWith: piece,
    endsWith: piece,
  });

  const oneField = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Filter> =>
    fc.oneof(...Object.entries(fields).map(([name, value]) => value.map((content): Filter => ({ [name]: content }))));

  /** Conditions, and what can be built of them with `and`, `or` and `not`. */
  const built = (leaf: fc.Arbitrary<Filter>, depth: number): fc.Arbitrary<Filter> => {
    if (depth === 0) return leaf;
    const part = built(leaf, depth - 1);
    const parts = fc.array(part, { minLength: 1, maxLength: 2 });
    return fc.oneof(
      { weight: 2, arbitrary: leaf },
      { weight: 1, arbitrary: fc.tuple(leaf, part).map(([one, not]) => ({ ...one, not })) },
      { weight: 1, arbitrary: parts.map((and) => ({ and })) },
      { weight: 1, arbitrary: parts.map((or) => ({ or })) },
      { weight: 1, arbitrary: part.map((not) => ({ not })) },
    );
  };

  /** Filters nested `depth` deep above relations, which themselves nest `inner` deep. */
  function customerFilters(employees: readonly string[], depth: number, inner: number): fc.Arbitrary<Filter> {
    const activity = built(
      oneField({
        title: text,
        activityType: choice(['CALL', 'NOTE', 'TASK', 'EMAIL']),
        isPinned: fc.boolean().map((eq) => ({ eq })),
        scheduledAt: instant,
      }),
      inner,
    );
    const quantified = fc.oneof(activity, fc.constant({}));
    const related = fc.oneof(
      quantified.map((some): Filter => ({ some })),
      quantified.map((none): Filter => ({ none })),
      quantified.map((every): Filter => ({ every })),
      fc.tuple(quantified, quantified).map(([some, none]): Filter => ({ some, none })),
    );
    const leaf = oneField({
      source: text,
      companyName: text,
      status: choice(statuses),
      customerType: choice(['INDIVIDUAL', 'BUSINESS']),
      rating: range(decimals),
      createdAt: instant,
      tags: conditions({ has: oneOf(tags), hasAny: someOf(tags), hasAll: someOf(tags), isEmpty: fc.boolean() }),
      assignedToId: choice(employees),
      assignedTo: built(oneField({ firstName: text }), inner),
      activities: related,
    });
    return built(leaf, depth);
  }

  test('part all rows among them, exactly as the specification says', async () => {
    const { tenant, models, employees } = await world();
    const names = models.map(({ name }) => name);
    const filters = fc.oneof(customerFilters(employees, 2, 0), customerFilters(employees, 1, 1));
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = models.filter((model) => holds(filter, model)).map(({ name }) => name);
        expect(await kept(tenant.owner, filter)).toEqual(expected);
        expect(await kept(tenant.owner, { not: filter })).toEqual(names.filter((name) => !expected.includes(name)));
      }),
      { numRuns: 250 },
    );
  });
});
