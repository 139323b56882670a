import { Field, InputType } from 'type-graphql';
import type { Class } from '../platform/class.js';
import type { Reader } from '../platform/reading/reader.js';
import { checkList } from '../platform/records/check-list.js';
import { TimeZoneName } from '../platform/records/decorators.js';
import { conditionTypeOf, type Filter } from '../platform/records/filters.js';
import { Arguments } from '../platform/records/inputs.js';
import { narrowingArgumentsOf } from '../platform/records/list-arguments.js';
import type { FilterArguments } from '../platform/records/lists.js';
import { recordOf } from '../platform/records/record.js';
import { todayIn } from '../platform/tenancy/today.js';

@InputType({
  description: 'Conditions on the records that a report counts. Each applies to the records that have its field.',
})
class ReportFilter {
  @Field(() => conditionTypeOf('id'), {
    nullable: true,
    description:
      'Counts only deals of these pipelines. Customers, leads and activities have no pipeline and are all counted.',
  })
  pipelineId?: Filter;

  @Field(() => conditionTypeOf('id'), {
    nullable: true,
    description: 'Counts only records that are assigned to these employees.',
  })
  assignedToId?: Filter;

  @Field(() => conditionTypeOf('text'), {
    nullable: true,
    description:
      'Counts only customers, leads and deals of this origin, e.g. `{ eq: "WEBSITE" }`. Activities are all counted.',
  })
  source?: Filter;
}

/** Arguments of every report. */
export interface ReportScope {
  timeZone?: string | null;
  filter?: Filter | null;
}

/** The argument `timeZone` of figures that depend on days. */
export const ZoneArgument = () =>
  TimeZoneName({
    description: "Time zone that determines the day of an instant, and today. Default: the organization's.",
  });

/** Declares a class as the arguments of a report, with a filter. */
export const ReportArguments =
  () =>
  (type: Class): void => {
    Field(() => ReportFilter, {
      description: 'Counts only matching records, e.g. the deals of one pipeline or of one owner.',
      nullable: true,
    })(type.prototype, 'filter');
    Arguments(({ filter }: ReportScope) => checkList({ filter }))(type);
  };

/** Arguments of statistics over records whose figures depend on days. */
export interface StatsArguments extends FilterArguments {
  timeZone?: string | null;
}

export function statsArgumentsOf(record: Class): Class<StatsArguments> {
  const type = class extends narrowingArgumentsOf(record) {};
  ZoneArgument()(type.prototype, 'timeZone');
  Arguments()(type);
  return type;
}

/** A reader for which days begin in another time zone. */
export async function inZone(read: Reader, timeZone: string | null | undefined): Promise<Reader> {
  const organization = read.viewer.organization!;
  if (!timeZone || timeZone === organization.timeZone) return read;
  const today = await todayIn(read, timeZone);
  return read.as({ ...read.viewer, organization: { ...organization, timeZone, today } });
}

/** The conditions of a report's filter on properties that a record has. */
export function filterFor(type: Class, filter: Filter | null | undefined): Filter {
  const { properties } = recordOf(type);
  const names = new Set([...properties.values()].map(({ name, reference }) => reference?.id ?? name));
  return Object.fromEntries(Object.entries(filter ?? {}).filter(([name]) => names.has(name)));
}
