import { Field, Float, ObjectType } from 'type-graphql';
import { MoneyAggregate } from '../../crm/deals/money.js';
import type { Class } from '../../platform/class.js';
import { Choice, Day, Flag, Int as IntProperty, Nested, TimeZoneName } from '../../platform/records/decorators.js';
import { type Filter, filterTypeOf } from '../../platform/records/filters.js';
import { Arguments, Input } from '../../platform/records/inputs.js';
import { filterArgumentsOf, searchText } from '../../platform/records/list-arguments.js';
import { OrderDirection } from '../../platform/records/lists.js';
import { recordOf } from '../../platform/records/record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { DateScalar } from '../../platform/schema/scalars.js';
import { PeriodUnit } from '../periods.js';
import { distinctFieldsOf, groupFieldsOf, isDate } from './dimensions.js';
import type { ExploreArguments } from './explore-arguments.js';
import { measuredOf } from './measures.js';

const GroupOrderBy = declareEnum('GroupOrderBy', 'Sort key of groups.', {
  KEY: 'Enums in the order of their declaration, records by name, texts alphabetically.',
  COUNT: 'Number of rows.',
  SUM: 'Sum of `field`.',
  AVG: 'Mean of `field`.',
  MIN: 'Minimum of `field`.',
  MAX: 'Maximum of `field`.',
});

const Comparison = declareEnum('Comparison', 'The period that figures are compared with.', {
  PREVIOUS_PERIOD:
    'The preceding period of equal length: in whole periods if the call groups by date, otherwise in days.',
  PREVIOUS_YEAR: 'The same days a year earlier; if the call groups by weeks, the weeks 52 weeks earlier.',
});

@ObjectType({ simpleResolvers: true, description: 'A value that the rows of a group have in common.' })
export class GroupKey {
  @Field(() => String, { description: 'Name in `groupBy`.' })
  field!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Enum value, id, text, tag, or first day of the period; null for rows without a value and for `Other`.',
  })
  value!: string | null;

  @Field(() => String, {
    description:
      'English label: value in words, name of the record, text, or period; `None` without a value, `Other` for the rest.',
  })
  label!: string;

  @Field(() => DateScalar, { nullable: true, description: 'First day of a period.' })
  startDate?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day of a period, inclusive.' })
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
  const tagText = fields.has('TAG')
    ? ' With `TAG`, a row is in the group of each of its tags, so counts may add up to more than the total.'
    : '';
  const described = (entries: [string, { description: string }][]) =>
    Object.fromEntries(entries.map(([key, { description }]) => [key, description]));
  const GroupField = declareEnum(`${name}GroupField`, `Fields to group ${plural} by.`, described([...fields]));
  const DateField = declareEnum(
    `${name}DateField`,
    `Dates of ${plural}.`,
    described([...fields].filter(([, spec]) => isDate(spec))),
  );
  const DistinctField = declareEnum(
    `${name}DistinctField`,
    `Fields of ${plural} whose distinct values can be counted.`,
    described([...distinctFieldsOf(record)]),
  );
  const measureField = measured.length
    ? {
        field: Choice(
          declareEnum(
            `${name}NumberField`,
            `Numeric fields of ${plural}.`,
            described(measured.map((spec) => [spec.name, spec])),
          ),
          { description: "The number measured; money in the organization's currency." },
        ),
      }
    : null;

  const GroupBy = inputOf(`${name}GroupBy`, `A field to group ${plural} by.`, {
    field: Choice(GroupField, { description: 'The field to group by.', required: true }),
    granularity: Choice(PeriodUnit, { description: 'Length of a period; required for dates, not allowed otherwise.' }),
  });
  const Period = inputOf(`${name}Period`, `Limits ${plural} by a date.`, {
    field: Choice(DateField, { description: 'The date.', required: true }),
    from: Day({ description: 'First day counted; unbounded by default.' }),
    to: Day({ description: 'Last day counted; unbounded by default.' }),
  });
  const GroupOrder = inputOf(`${name}GroupOrder`, `Sort order of groups of ${plural}.`, {
    by: Choice(GroupOrderBy, { description: 'The sort key.', required: true }),
    ...measureField,
    direction: Choice(OrderDirection, { description: 'Direction.', default: 'DESC', required: true }),
  });

  const args = named(name, {
    period: Nested(() => Period, {
      description: 'Only rows with a date in this period; `compareTo` compares it with the preceding one.',
    }),
    groupBy: Nested(() => GroupBy, {
      description: `At most two fields, of which one may be a date; an empty list makes one group.${tagText}`,
      list: true,
      default: [],
      required: true,
    }),
    orderBy: Nested(() => GroupOrder, {
      description: 'Order of the groups that are not dates; by default most rows first. Dates ascend.',
    }),
    limit: IntProperty({
      description: 'Number of groups of each category, 1–50, default 50; all others form one group `Other`.',
      min: 1,
      max: 50,
    }),
    timeZone: TimeZoneName({
      description: "Time zone that determines the day of an instant; defaults to the organization's.",
    }),
    fillGaps: Flag({
      description: 'Includes empty groups from the first to the last period, or over all of `period`.',
      default: false,
      required: true,
    }),
    compareTo: Choice(Comparison, {
      description: 'Fills `previous` of each group; needs a `period` with both ends.',
    }),
  });
  const optional = (description: string) => ({ description, nullable: true });
  Field(() => filterTypeOf(type), optional(`Only ${plural} that match.`))(args.prototype, 'filter');
  Field(() => String, optional(searchText(recordOf(type))))(args.prototype, 'search');
  Arguments()(args);

  const key = named(name, { field: Choice(GroupField, { description: 'A field of `groupBy`.', required: true }) });
  Arguments()(key);
  const distinct = class extends filterArgumentsOf(type) {
    field!: string;
  };
  Choice(DistinctField, { description: 'The field.', required: true })(distinct.prototype, 'field');
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
  ObjectType(`${name}Numbers`, { simpleResolvers: true, description: `A measure of each numeric field of ${plural}.` })(
    numbers,
  );
  return { ...types, numbers };
}

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
