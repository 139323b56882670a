import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Deal } from '../crm/deals/deal.js';
import { Lead } from '../crm/leads/lead.js';
import type { Class } from '../platform/class.js';
import { sql } from '../platform/database/sql.js';
import type { Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';
import { declareEnum } from '../platform/schema/enums.js';
import { percent } from './decimals.js';
import { count, figuresOf } from './figures.js';
import { checkRange, type RangeArgs, within } from './range.js';
import { filterFor, inZone } from './report-arguments.js';

const FunnelStep = declareEnum('FunnelStep', 'A step of the sales funnel.', {
  LEADS: 'Leads created in the range.',
  QUALIFIED: 'Leads among them that are QUALIFIED or converted.',
  OPPORTUNITIES: 'Deals created in the range.',
  WON: 'Won deals among them.',
});
type FunnelStep = keyof typeof FunnelStep;

@ObjectType({ simpleResolvers: true, description: 'A step of the sales funnel.' })
class SalesFunnelStage {
  @Field(() => FunnelStep, { description: 'The step that is counted.' })
  step!: FunnelStep;

  @Field(() => String, { description: 'Name of the step in English.' })
  name!: string;

  @Field(() => Int, { description: 'Number of leads or deals that reached the step.' })
  count!: number;

  @Field(() => Float, { description: 'Share in percent: count / leads · 100, 2 decimals; may exceed 100.' })
  percentage!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Conversion rates between steps in percent, rounded to 2 decimals; 0 if the denominator is 0.',
})
class SalesFunnelRates {
  @Field(() => Float, { description: 'Qualified leads in percent of all leads.' })
  leadToQualified!: number;

  @Field(() => Float, { description: 'Deals in percent of qualified leads.' })
  qualifiedToOpportunity!: number;

  @Field(() => Float, { description: 'Won deals in percent of all deals.' })
  opportunityToWon!: number;

  @Field(() => Float, { description: 'Won deals in percent of all leads.' })
  leadToWon!: number;
}

@ObjectType({ simpleResolvers: true, description: 'The way from lead to won deal, in four steps.' })
export class SalesFunnel {
  @Field(() => [SalesFunnelStage], { description: 'The four steps of the funnel in their order.' })
  stages!: SalesFunnelStage[];

  @Field(() => SalesFunnelRates, {
    description: 'Conversion rates between steps in percent; may exceed 100 if deals come without leads.',
  })
  conversionRates!: SalesFunnelRates;
}

const both = Selection.from({ all: Selection.from({}), some: Selection.from({}) });

/** Counts leads and deals created in the range, with one statement each. */
export async function salesFunnel(reader: Reader, args: RangeArgs): Promise<SalesFunnel> {
  checkRange(args, 'salesFunnel');
  const read = await inZone(reader, args.timeZone);
  const rowsOf = (type: Class) => ({
    filter: filterFor(type, args.filter),
    narrowing: () => within(args, sql`t.created_at`, read.viewer),
  });
  const qualified = sql`t.is_converted or t.qualification_status = 'QUALIFIED'`;
  const [ofLeads, ofDeals] = (await Promise.all([
    figuresOf(read, Lead, { all: count(), some: count(qualified) }, both, rowsOf(Lead)),
    figuresOf(read, Deal, { all: count(), some: count(sql`t.status = 'WON'`) }, both, rowsOf(Deal)),
  ])) as { all: number; some: number }[];
  const [leads, opportunities] = [ofLeads!, ofDeals!];
  const step = (name: FunnelStep, label: string, number: number): SalesFunnelStage => ({
    step: name,
    name: label,
    count: number,
    percentage: percent(number, leads.all),
  });
  return {
    stages: [
      step('LEADS', 'Total Leads', leads.all),
      step('QUALIFIED', 'Qualified Leads', leads.some),
      step('OPPORTUNITIES', 'Opportunities', opportunities.all),
      step('WON', 'Closed Won', opportunities.some),
    ],
    conversionRates: {
      leadToQualified: percent(leads.some, leads.all),
      qualifiedToOpportunity: percent(opportunities.all, leads.some),
      opportunityToWon: percent(opportunities.some, opportunities.all),
      leadToWon: percent(opportunities.some, leads.all),
    },
  };
}
