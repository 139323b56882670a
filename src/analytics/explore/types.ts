import { Field, Float, ObjectType } from 'type-graphql';
import { MoneyAggregate } from '../../crm/deals/money.js';
import type { Class } from '../../platform/class.js';
import { Choice, Day, Flag, Int as IntProperty, Nested, TimeZoneName } from '../../platform/records/decorators.js';
import { type Filter, filterTypeOf } from '../../platform/records/filters.js';
import { Arguments, Input } from '../../platform/records/inputs.js';
import { filterArgumentsOf, searchText } from '../../platform/records/list-arguments.js';
import { OrderDirection } from '../../platform/records/lists.js';
import { constantCase } from '../../platform/records/property.js';
import { recordOf } from '../../platform/records/record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { DateScalar } from '../../platform/schema/scalars.js';
import { PeriodUnit } from '../periods.js';
import { distinctFieldsOf, groupFieldsOf, isDate, tagField } from './dimensions.js';
import type { ExploreArguments } from './explore-arguments.js';
import { measuredOf } from './measures.js';

const GroupOrderBy = declareEnum('GroupOrderBy', 'A key to sort groups by.', {
  KEY: 'Key of the group: enum values in declaration order, records by name, texts alphabetically.',
  COUNT: 'Number of rows in the group.',
  SUM: 'Sum of `field` over the group; refused for a percentage.',
  AVG: 'Mean of `field` over the group.',
  MIN: 'Smallest value of `field` in the group.',
  MAX: 'Largest value of `field` in the group.',
});

const Comparison = declareEnum('Comparison', 'The date range to compare a report with.', {
  PREVIOUS_PERIOD:
    'The equally long range immediately before `period`: shifted by whole months (quarters, …) when grouped by them, ' +
    'otherwise by days.',
  PREVIOUS_YEAR:
    'The same days one year earlier, up to the end of February if the period ends with it; when grouped by weeks, ' +
    'the weeks 52 weeks earlier.',
});

@ObjectType({ simpleResolvers: true, description: 'A value that all rows of a group have in common.' })
export class GroupKey {
  @Field(() => String, { description: 'Name of the field in `groupBy`.' })
  field!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Enum name, record id, text, tag, or first day of the period. Null for rows without a value and for `Other`.',
  })
  value!: string | null;

  @Field(() => String, {
    description:
      'Label in English: enum value in words, name of the record, text, or period. `None` for rows without a value.',
  })
  label!: string;

  @Field(() => DateScalar, { nullable: true, description: 'First day of the period; null unless grouped by a date.' })
  startDate?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day of the period, inclusive; null unless grouped by a date.',
  })
  endDate?: string | null;
}

export interface KeyArguments {
  field: string;
}

export interface DistinctArguments extends KeyArguments {
  filter?: Filter | null;
}

export interface ExploreTypes {
  args: Class<ExploreArguments>;
  /** Argument of `key`. */
  key: Class<KeyArguments>;
  /** Arguments of `countDistinct`. */
  distinct: Class<DistinctArguments>;
  /** A measure of each numeric field of the record; null if it has none. */
  numbers: Class | null;
}

/** Arguments and types of the ad-hoc aggregation of a record. */
export function exploreTypesOf(type: Class): ExploreTypes {
  const record = recordOf(type);
  const { name, plural } = record;
  const fields = groupFieldsOf(record);
  const measured = measuredOf(record);
  const ofTags = fields.has(tagField)
    ? ` With \`${tagField}\`, a row is in the group of each of its tags, so counts may add up to more than the total.`
    : '';
  const described = (entries: [string, { description: string }][]) =>
    Object.fromEntries(entries.map(([key, { description }]) => [key, description]));
  const GroupField = declareEnum(
    `${name}GroupField`,
    `The fields by which ${plural} can be grouped.`,
    described([...fields]),
  );
  const DateField = declareEnum(
    `${name}DateField`,
    `The dates of ${plural} that a report can cover.`,
    described([...fields].filter(([, spec]) => isDate(spec))),
  );
  const DistinctField = declareEnum(
    `${name}DistinctField`,
    `The fields of ${plural} whose distinct values can be counted.`,
    described([...distinctFieldsOf(record)]),
  );
  const measureField = measured.length
    ? {
        field: Choice(
          declareEnum(
            `${name}NumberField`,
            `The numeric fields of ${plural} that can be measured.`,
            described(measured.map((spec) => [constantCase(spec.name), spec])),
            '',
            Object.fromEntries(measured.map(({ name }) => [name, constantCase(name)])),
          ),
          {
            description:
              "The number to sort by, for SUM, AVG, MIN and MAX. Money counts in the organization's currency.",
          },
        ),
      }
    : null;

  const GroupBy = inputOf(
    `${name}GroupBy`,
    `A field to group ${plural} by; for a date, with the length of its periods.`,
    {
      field: Choice(GroupField, { description: 'The field to group by.', required: true }),
      granularity: Choice(PeriodUnit, {
        description: 'Length of the periods: required for a date, refused otherwise.',
      }),
    },
  );
  const Period = inputOf(`${name}Period`, `A date range, and the date of ${plural} that it applies to.`, {
    field: Choice(DateField, { description: 'The date that the range applies to.', required: true }),
    from: Day({ description: 'First day of the range; unbounded by default.' }),
    to: Day({ description: 'Last day of the range, inclusive; unbounded by default.' }),
  });
  const GroupOrder = inputOf(`${name}GroupOrder`, `The order of groups of ${plural}.`, {
    by: Choice(GroupOrderBy, { description: 'The key to sort the groups by.', required: true }),
    ...measureField,
    direction: Choice(OrderDirection, {
      description: 'Sort direction; descending by default.',
      default: 'DESC',
      required: true,
    }),
  });

  const args = named(name, {
    period: Nested(() => Period, {
      description: 'Date range to report on, both ends included. `compareTo` compares it with the range before.',
    }),
    groupBy: Nested(() => GroupBy, {
      description:
        'Fields to group by: at most two, of which at most one is a date. Without any, all rows are one group.' +
        ofTags,
      list: true,
      default: [],
      required: true,
    }),
    orderBy: Nested(() => GroupOrder, {
      description: orderExample(measured),
    }),
    limit: IntProperty({
      description:
        'Number of groups to keep of each category, 1–50. Default: 50, or fewer if the report would then have more ' +
        'than 1,836 groups, e.g. 41 with two categories. The remaining rows are merged into one group labelled ' +
        '`Other`. Dates are not limited.',
      min: 1,
      max: 50,
    }),
    timeZone: TimeZoneName({
      description:
        "Time zone in which timestamps are cut into days, weeks and months. Default: the organization's. Plain dates " +
        'are not affected.',
    }),
    fillGaps: Flag({
      description:
        'Also returns empty periods: between the first and last period with rows, or throughout `period` when it has ' +
        'both ends. With a category as well, each category that has rows gets them.',
      default: false,
      required: true,
    }),
    compareTo: Choice(Comparison, {
      description:
        'Adds `previous`, the same measures one period earlier, to each group. Requires `period.from` and `period.to`.',
    }),
  });
  const optional = (description: string) => ({ description, nullable: true });
  Field(() => filterTypeOf(type), optional(`Reports only on ${plural} that match this filter; all by default.`))(
    args.prototype,
    'filter',
  );
  Field(() => String, optional(searchText(recordOf(type))))(args.prototype, 'search');
  Arguments()(args);

  const key = named(name, {
    field: Choice(GroupField, { description: 'A field that `groupBy` names.', required: true }),
  });
  Arguments()(key);
  const distinct = class extends filterArgumentsOf(type) {
    field!: string;
  };
  Choice(DistinctField, { description: 'The field whose distinct values are counted.', required: true })(
    distinct.prototype,
    'field',
  );
  Arguments()(distinct);
  const types = {
    args: args as Class<ExploreArguments>,
    key: key as Class<KeyArguments>,
    distinct,
  };
  if (!measured.length) return { ...types, numbers: null };
  const numbers = named(name, {});
  for (const { name: number, measure, description } of measured)
    Field(() => (measure === 'money' ? MoneyAggregate : Float), optional(description))(numbers.prototype, number);
  ObjectType(`${name}Numbers`, {
    simpleResolvers: true,
    description: `One measure, such as the sum, of each numeric field of ${plural}.`,
  })(numbers);
  return { ...types, numbers };
}

/** Describes the order of groups, with an example. */
const orderExample = ([first]: { name: string }[]) => {
  const example = first ? `by: SUM, field: ${constantCase(first.name)}, direction: DESC` : 'by: KEY, direction: ASC';
  return `Order of the category groups. Default: most rows first. Dates always ascend. Example: \`{ ${example} }\`.`;
};

type Declared = Record<string, (prototype: object, name: string) => void>;

/** A class with these properties, whose name is only known at run time. */
function named(name: string, properties: Declared): Class {
  const type = { [name]: class {} }[name]!;
  for (const [property, declare] of Object.entries(properties)) declare(type.prototype, property);
  return type;
}

function inputOf(name: string, description: string, properties: Declared): Class {
  const type = named(name, properties);
  Input(description)(type);
  return type;
}
