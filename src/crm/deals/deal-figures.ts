import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import { demandMembership } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { narrowingArgumentsOf } from '../../platform/records/list-arguments.js';
import type { FilterArguments } from '../../platform/records/lists.js';
import { compute } from '../../platform/records/record.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { Customer } from '../customers/customer.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { Deal } from './deal.js';
import { MoneyAggregate, moneyOf, sumByCurrency } from './money.js';

const OfStage = narrowingArgumentsOf(Deal);

@Resolver(() => PipelineStage)
export class StageFigures {
  @FieldResolver(() => Int, { nullable: true, description: 'Number of deals on the stage, open or closed.' })
  dealCount(
    @Root() { id }: RecordRow<PipelineStage>,
    @Args(() => OfStage) args: FilterArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.load(info, id, async (stages) => {
      const counts = await read.figures(Deal, 'stage', stages, args, sql`count(*)::integer`);
      return stages.map((stage) => (counts.get(stage) as number | undefined) ?? 0);
    });
  }

  @FieldResolver(() => MoneyAggregate, {
    nullable: true,
    description: 'Total value of deals on the stage, open or closed.',
  })
  totalValue(
    @Root() { id }: RecordRow<PipelineStage>,
    @Args(() => OfStage) args: FilterArguments,
    @Ctx() { read, viewer }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.load(info, id, async (stages) => {
      const rows = sql`
        select v.currency, v.value
        from unnest(array_agg(t)) as v`;
      const values = await read.figures(Deal, 'stage', stages, args, sumByCurrency(rows));
      return stages.map((stage) => moneyOf(values.get(stage), viewer));
    });
  }
}

/** Won deals of a customer, and of leads that became the customer; each deal once. */
const wonDealsOf = (customer: (name: string) => ReturnType<typeof sql>) => sql`
  select d.id, d.currency, d.value
  from deals d
  where d.organization_id = ${customer('organization_id')}
    and d.customer_id = ${customer('id')}
    and d.status = 'WON'
  union
  select d.id, d.currency, d.value
  from leads l
  join deals d
    on d.organization_id = l.organization_id
    and d.lead_id = l.id
    and d.status = 'WON'
  where l.organization_id = ${customer('organization_id')}
    and l.converted_customer_id = ${customer('id')}`;

compute(Customer, {
  name: 'totalValue',
  kind: 'json',
  type: () => MoneyAggregate,
  nullable: true,
  by: "value of won deals in the organization's currency",
  filter: true,
  order: true,
  permission: 'deal:read',
  compared: {
    kind: 'decimal',
    sql: ({ table, viewer }) => sql`
    (
      select coalesce(sum(w.value), 0)
      from (${wonDealsOf((name) => sql`${table}.${sql.ref(name)}`)}) as w
      where w.currency = ${demandMembership(viewer).currency}
    )`,
  },
  description: 'Total value of won deals of the customer and of leads converted into the customer, each deal once.',
  sql: ({ table }) => sumByCurrency(wonDealsOf((name) => sql`${table}.${sql.ref(name)}`)),
  shaped: moneyOf,
});

compute(Customer, {
  name: 'openDealCount',
  kind: 'int',
  nullable: true,
  by: 'number of open deals',
  filter: true,
  order: true,
  permission: 'deal:read',
  description: 'Number of open deals of the customer.',
  sql: ({ table }) => sql`
    (
      select count(*)::integer
      from deals d
      where d.organization_id = ${table}.organization_id
        and d.customer_id = ${table}.id
        and d.status = 'OPEN'
    )`,
});
