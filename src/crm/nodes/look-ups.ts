import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Class } from '../../platform/class.js';
import { and, column, type Fragment, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { type Rule, signedIn } from '../../platform/permissions/rules.js';
import { base } from '../../platform/reading/projection.js';
import { Selection } from '../../platform/reading/selection.js';
import { type KeyValue, makeKeyType } from '../../platform/records/keys.js';
import { snakeCase } from '../../platform/records/property.js';
import { recordOf } from '../../platform/records/record.js';
import { Role } from '../access/role.js';
import { Activity } from '../activities/activity.js';
import { Customer } from '../customers/customer.js';
import { Deal } from '../deals/deal.js';
import { Employee } from '../employees/employee.js';
import { Lead } from '../leads/lead.js';
import { can } from '../permissions.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { visibleTo } from '../users/user.actions.js';
import { User } from '../users/user.js';
import { Vendor } from '../vendors/vendor.js';

interface LookUp {
  /** The input type of the key, which upserts take as well. */
  key: Class;
  resolver: Class;
}

const rules: Record<string, Rule> = {};

/** One permission for each look-up: the same as for the look-up by id. */
export const lookUpRules = { Query: rules };

interface LookUpOptions {
  rule: Rule;
  /** The end of the description. */
  more?: string;
  narrowing?: (context: Context, alias: string) => Fragment;
}

const mayRead = (record: Class): LookUpOptions => {
  const permission = `${recordOf(record).resource}:read` as keyof typeof can;
  return { rule: can[permission] };
};

/** The condition for the key that is given; exactly one is. */
function isNamedBy(key: KeyValue, alias: string): Fragment {
  const [[name, value]] = Object.entries(key).filter(([, value]) => value != null) as [[string, string]];
  if (name === 'id') return sql`${column(alias, 'id')} = ${value}::uuid`;
  if (name === 'username') return sql`${column(alias, 'username_sort')} = folded(${value})`;
  return sql`${column(alias, snakeCase(name))} = ${value}`;
}

/** Registers `customerBy(key: …)` or its sibling for another record. */
function lookUp(
  record: Class,
  keys: readonly string[],
  { rule, more = '', narrowing }: LookUpOptions = mayRead(record),
): LookUp {
  const { name } = recordOf(record);
  const noun = name.toLowerCase();
  const one = `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`;
  const key = makeKeyType(record, keys, `Finds ${one} by one unique field; give exactly one.`);
  const field = `${noun}By`;
  rules[field] = rule;

  @Resolver()
  class LookUpResolver {
    @Query(() => record, {
      name: field,
      nullable: true,
      description:
        `Finds ${one} by ${keys.slice(0, -1).join(', ')} or ${keys.at(-1)}. ` +
        `Null when the key belongs to no ${noun}.${more}`,
    })
    async byKey(
      @Arg('key', () => key, { description: `Key of the ${noun}; exactly one of its fields.` }) given: KeyValue,
      @Ctx() context: Context,
      @Info() info: GraphQLResolveInfo,
    ) {
      const [row] = await context.read.all(record, Selection.of(info), {
        narrowing: (alias) => and([isNamedBy(given, alias), ...(narrowing ? [narrowing(context, alias)] : [])]),
        order: column(base, 'id'),
        limit: 1,
      });
      return row ?? null;
    }
  }

  return { key, resolver: LookUpResolver };
}

export const customerBy = lookUp(Customer, ['id', 'code', 'email', 'externalId']);
export const leadBy = lookUp(Lead, ['id', 'code', 'externalId']);
export const dealBy = lookUp(Deal, ['id', 'code', 'externalId']);
export const activityBy = lookUp(Activity, ['id', 'externalId'], {
  ...mayRead(Activity),
  more: ' Activities have no number, so there is no `code`; `activities(filter: …)` finds them by time or record.',
});
export const employeeBy = lookUp(Employee, ['id', 'code', 'email', 'externalId']);
export const vendorBy = lookUp(Vendor, ['id', 'code', 'externalId']);
export const pipelineBy = lookUp(Pipeline, ['id', 'code', 'externalId']);
export const roleBy = lookUp(Role, ['id', 'slug']);
export const userBy = lookUp(User, ['id', 'username'], {
  rule: signedIn,
  more: ' Finds only the caller and active members of the active organization.',
  narrowing: ({ viewer }, alias) => visibleTo(viewer)(alias),
});
