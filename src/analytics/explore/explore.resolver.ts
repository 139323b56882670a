import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Float, Info, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Activity } from '../../crm/activities/activity.js';
import { Customer } from '../../crm/customers/customer.js';
import { Deal } from '../../crm/deals/deal.js';
import { Employee } from '../../crm/employees/employee.js';
import { Lead } from '../../crm/leads/lead.js';
import { Vendor } from '../../crm/vendors/vendor.js';
import type { Class } from '../../platform/class.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { filterArgumentsOf, PageArguments } from '../../platform/records/list-arguments.js';
import { connectionOf, type FilterArguments } from '../../platform/records/lists.js';
import { recordOf } from '../../platform/records/record.js';
import { DateTimeScalar } from '../../platform/schema/scalars.js';
import type { Measure } from '../figures.js';
import { inZone } from '../report-arguments.js';
import { Exploration, type Group, type Part } from './exploration.js';
import type { ExploreArguments } from './explore-arguments.js';
import { hasWinRate } from './measures.js';
import { type DistinctArguments, exploreTypesOf, GroupKey, type KeyArguments } from './types.js';

/** The ad-hoc aggregation query of a record, with its types. */
function explorerOf(type: Class, query: string): Class[] {
  const { name, plural } = recordOf(type);
  const { args: ExploreArgs, key: KeyArgs, distinct: DistinctArgs, numbers: Numbers } = exploreTypesOf(type);
  const FilterArgs = filterArgumentsOf(type);

  @ObjectType(`${name}Measures`, {
    description: `Measures of ${plural}, each of all rows or of those that match a filter.`,
  })
  class MeasuresType {}

  @ObjectType(`${name}Group`, { description: `A group of ${plural}, with its measures and rows.` })
  class GroupType {
    @Field(() => [GroupKey], {
      description: 'The values that the rows have in common, one for each entry of `groupBy`.',
    })
    keys!: GroupKey[];

    @Field(() => Boolean, { description: 'Whether this is the group `Other`, which merges all groups beyond `limit`.' })
    isOther!: boolean;

    @Field(() => MeasuresType, {
      nullable: true,
      description: 'Measures of the same group one period earlier; null without `compareTo`.',
    })
    previous!: Part | null;
  }

  @ObjectType(`${name}Analytics`, { description: `The result of a report on ${plural}.` })
  class AnalyticsType {}

  function measuresOn(target: Class): Class {
    @Resolver(() => target)
    class MeasureFields {
      @FieldResolver(() => Int, { nullable: true, description: `Number of ${plural}.` })
      count(@Root() { measures, part }: Part, @Args(() => FilterArgs) { filter }: FilterArguments): Promise<unknown> {
        return measures.count(part, filter);
      }

      @FieldResolver(() => Int, {
        nullable: true,
        description:
          'Number of distinct values of a field, e.g. of distinct customers; missing values do not count. To count ' +
          'distinct records, you also need the permission to read them.',
      })
      countDistinct(
        @Root() { measures, part }: Part,
        @Args(() => DistinctArgs) { field, filter }: DistinctArguments,
      ): Promise<unknown> {
        return measures.countDistinct(part, field, filter);
      }
    }
    return MeasureFields;
  }

  function numbersOn(target: Class): Class {
    @Resolver(() => target)
    class NumberFields {
      @FieldResolver(() => Numbers!, {
        nullable: true,
        description:
          'Sum of each number; 0 without rows. Always null for a percentage, since percentages cannot be added up; ' +
          'use `avg`.',
      })
      sum(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('sum', part, args, info);
      }

      @FieldResolver(() => Numbers!, {
        nullable: true,
        description:
          'Median of each number over the rows that have it: half of the values are no greater, half are no smaller. ' +
          'Rounded to 2 decimals; null when no row has one.',
      })
      median(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('median', part, args, info);
      }

      @FieldResolver(() => Numbers!, {
        nullable: true,
        description: 'Mean of each number over the rows that have it, rounded to 2 decimals; null when no row has one.',
      })
      avg(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('avg', part, args, info);
      }

      @FieldResolver(() => Numbers!, {
        nullable: true,
        description: 'Smallest value of each number; null when no row has one.',
      })
      min(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('min', part, args, info);
      }

      @FieldResolver(() => Numbers!, {
        nullable: true,
        description: 'Largest value of each number; null when no row has one.',
      })
      max(@Root() part: Part, @Args(() => FilterArgs) args: FilterArguments, @Info() info: GraphQLResolveInfo) {
        return numbersOf('max', part, args, info);
      }
    }
    return NumberFields;
  }

  @Resolver(() => AnalyticsType)
  class AnalyticsFields {
    @Query(() => AnalyticsType, {
      nullable: true,
      name: query,
      description:
        `A report of your own: groups ${plural} by up to two fields, one of which may be a date, and measures them. ` +
        'Grouping by a record also needs the permission to read it.',
    })
    async explore(@Args(() => ExploreArgs) args: ExploreArguments, @Ctx() { read }: Context) {
      return new Exploration(await inZone(read, args.timeZone), recordOf(type), args);
    }

    @FieldResolver(() => [GroupType], {
      nullable: true,
      description:
        'One entry per date × category, or category × category, that has rows: dates ascending, then `orderBy`, ' +
        '`Other` last. At most 366 dates × 51 categories, or 51 × 51 categories.',
    })
    groups(@Root() exploration: Exploration, @Info() info: GraphQLResolveInfo): Promise<object[]> {
      return exploration.groups(Selection.of(info));
    }

    @FieldResolver(() => MeasuresType, { description: 'Measures of all rows together.' })
    total(@Root() exploration: Exploration): object {
      return exploration.total;
    }

    @FieldResolver(() => MeasuresType, {
      nullable: true,
      description: 'Measures of all rows one period earlier; null without `compareTo`.',
    })
    previousTotal(@Root() exploration: Exploration): object | null {
      return exploration.previousTotal;
    }

    @FieldResolver(() => DateTimeScalar, {
      nullable: true,
      description: 'Moment at which the figures hold. All figures of an operation are read at the same moment.',
    })
    asOf(@Root() exploration: Exploration): Promise<string> {
      return exploration.asOf();
    }
  }

  @Resolver(() => GroupType)
  class GroupRows {
    @FieldResolver(() => GroupKey, {
      nullable: true,
      description: 'The entry of `keys` with this field; null when `groupBy` does not name it.',
    })
    key(@Root() { keys }: Group, @Args(() => KeyArgs) { field }: KeyArguments): object | null {
      return keys.find((key) => key.field === field) ?? null;
    }

    @FieldResolver(() => connectionOf(type), {
      nullable: true,
      description: `The ${plural} behind the figures (drill-down), newest first. \`totalCount\` equals \`count\`.`,
    })
    rows(
      @Root() { exploration, part }: Group,
      @Args(() => PageArguments) page: PageArguments,
      @Info() info: GraphQLResolveInfo,
    ) {
      return exploration.read.part(type, exploration.partOf, part, exploration.partedRows, page, info);
    }
  }

  const targets = [GroupType, MeasuresType];
  return [
    AnalyticsFields,
    GroupRows,
    ...targets.map(measuresOn),
    ...(Numbers ? targets.map(numbersOn) : []),
    ...(hasWinRate(recordOf(type)) ? targets.map((target) => winRateOn(target, FilterArgs)) : []),
  ];
}

function winRateOn(target: Class, FilterArgs: Class<FilterArguments>): Class {
  @Resolver(() => target)
  class WinRate {
    @FieldResolver(() => Float, {
      nullable: true,
      description: 'Win rate in percent: won / (won + lost) · 100, rounded to 2 decimals; 0 without closed deals.',
    })
    winRate(@Root() { measures, part }: Part, @Args(() => FilterArgs) { filter }: FilterArguments): Promise<unknown> {
      return measures.winRate(part, filter);
    }
  }
  return WinRate;
}

const numbersOf = (measure: Measure, { measures, part }: Part, { filter }: FilterArguments, info: GraphQLResolveInfo) =>
  measures.numbers(part, measure, filter, Selection.of(info));

export const exploreResolvers = [
  ...explorerOf(Deal, 'dealAnalytics'),
  ...explorerOf(Lead, 'leadAnalytics'),
  ...explorerOf(Customer, 'customerAnalytics'),
  ...explorerOf(Activity, 'activityAnalytics'),
  ...explorerOf(Employee, 'employeeAnalytics'),
  ...explorerOf(Vendor, 'vendorAnalytics'),
];
