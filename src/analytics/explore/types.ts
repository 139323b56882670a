import { Field, Float, ObjectType } from 'type-graphql';
import { MoneyAggregate } from '../../crm/deals/money.js';
import type { Class } from '../../platform/class.js';
import { Choice, Day, Flag, Int as IntProperty, Nested, TimeZoneName } from '../../platform/records/decorators.js';
import { filterTypeOf } from '../../platform/records/filters.js';
import { Arguments, Input } from '../../platform/records/inputs.js';
import { OrderDirection } from '../../platform/records/lists.js';
import { recordOf } from '../../platform/records/record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { DateScalar } from '../../platform/schema/scalars.js';
import { PeriodUnit } from '../periods.js';
import { groupFieldsOf, isDate } from './dimensions.js';
import type { ExploreArguments } from './explore-arguments.js';
import { measuredOf } from './measures.js';

const GroupOrderBy = declareEnum('GroupOrderBy', 'What groups are sorted by.', {
  KEY: 'Enums in order of declaration, records by name.',
  COUNT: 'Number of rows.',
  SUM: 'Sum of `field`.',
  AVG: 'Mean of `field`.',
  MIN: 'Least value of `field`.',
  MAX: 'Greatest value of `field`.',
});

const Comparison = declareEnum('Comparison', 'What figures are compared with.', {
  PREVIOUS_PERIOD:
    'The period of equal length before: as many whole periods earlier when grouped by date, else as many days.',
});

@ObjectType({ simpleResolvers: true, description: 'What the rows of a group have in common.' })
export class GroupKey {
  @Field(() => String, { description: 'Name in `groupBy`.' })
  field!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Enum value, id, or first day of the period; null for rows without one and for the others.',
  })
  value!: string | null;

  @Field(() => String, {
    description:
      'English name: value in words, name of the record, or period; `None` without one, `Other` for the rest.',
  })
  label!: string;

  @Field(() => DateScalar, { nullable: true, description: 'First day of a period.' })
  startDate?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day of a period, inclusive.' })
  endDate?: string | null;
}

export interface ExploreTypes {
  args: Class<ExploreArguments>;
  /** A measure over each number of the record. */
  numbers: Class;
}

/** Arguments and types of the ad-hoc aggregation of a record. */
export function exploreTypesOf(type: Class, searched: string): ExploreTypes {
  const record = recordOf(type);
  const { name, plural } = record;
  const fields = groupFieldsOf(record);
  const measured = measuredOf(record);
  const described = (entries: [string, { description: string }][]) =>
    Object.fromEntries(entries.map(([key, { description }]) => [key, description]));
  const GroupField = declareEnum(`${name}GroupField`, `What ${plural} can be grouped by.`, described([...fields]));
  const DateField = declareEnum(
    `${name}DateField`,
    `Dates of ${plural}.`,
    described([...fields].filter(([, spec]) => isDate(spec))),
  );
  const NumberField = declareEnum(
    `${name}NumberField`,
    `Numbers of ${plural}.`,
    described(measured.map((spec) => [spec.name, spec])),
  );

  const GroupBy = inputOf(`${name}GroupBy`, `One way to group ${plural}.`, {
    field: Choice(GroupField, { description: 'What rows of a group have in common.', required: true }),
    granularity: Choice(PeriodUnit, { description: 'Length of a period; for dates only, and required there.' }),
  });
  const Period = inputOf(`${name}Period`, `Which ${plural} by a date of theirs.`, {
    field: Choice(DateField, { description: 'Which date.', required: true }),
    from: Day({ description: 'First day counted; default unbounded.' }),
    to: Day({ description: 'Last day counted; default unbounded.' }),
  });
  const GroupOrder = inputOf(`${name}GroupOrder`, `How groups of ${plural} are sorted.`, {
    by: Choice(GroupOrderBy, { description: 'What to sort by.', required: true }),
    field: Choice(NumberField, { description: "The number measured; money in the organization's currency." }),
    direction: Choice(OrderDirection, { description: 'Direction.', default: 'DESC', required: true }),
  });

  const args = named(name, {
    period: Nested(() => Period, {
      description: 'Only rows with a date in this period; what `compareTo` looks back from.',
    }),
    groupBy: Nested(() => GroupBy, {
      description: 'At most one date and at most one other field; none makes one group.',
      list: true,
      default: [],
      required: true,
    }),
    orderBy: Nested(() => GroupOrder, {
      description: 'Order of the groups that are no dates; default most rows first. Dates ascend.',
    }),
    limit: IntProperty({
      description: 'Groups that are no dates to keep, 1–50, default 50; the rest is one group `Other`.',
      min: 1,
      max: 50,
    }),
    timeZone: TimeZoneName({ description: "Zone of the days of instants; default the organization's." }),
    fillGaps: Flag({
      description: 'Also empty groups, from the first to the last period, or over all of `period`.',
      default: false,
      required: true,
    }),
    compareTo: Choice(Comparison, {
      description: 'Gives each group its `previous`; needs a `period` with both ends.',
    }),
  });
  const optional = (description: string) => ({ description, nullable: true });
  Field(() => filterTypeOf(type), optional(`Only ${plural} that match.`))(args.prototype, 'filter');
  Field(() => String, optional(`Case-insensitive contains over ${searched}.`))(args.prototype, 'search');
  Arguments()(args);

  const numbers = named(name, {});
  for (const { name: number, measure, description } of measured)
    Field(() => (measure === 'money' ? MoneyAggregate : Float), optional(description))(numbers.prototype, number);
  ObjectType(`${name}Numbers`, { simpleResolvers: true, description: `A measure over numbers of ${plural}.` })(
    numbers as never,
  );
  return { args: args as Class<ExploreArguments>, numbers };
}

type Declared = Record<string, (prototype: object, name: string) => void>;

/** A class of a name that is known at run time only, with these properties. */
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
