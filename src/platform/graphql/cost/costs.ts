import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import type { CodedError } from '../../errors.js';
import { limits, tooComplex } from '../limits.js';
import { dearestOf, type Share } from './dearest.js';
import { planOf } from './plan.js';
import { type Prices, usualSize } from './prices.js';
import type { Variables } from './sent-arguments.js';
import { type Evaluation, evaluated, type PricedPlan, priced, type Sums } from './sums.js';

/** Plans kept for an operation whose @skip and @include depend on variables. */
const mostPlans = 16;

interface KnownOperation {
  /** Variables that @skip and @include name. */
  conditions: string[];
  defaults: Variables;
  plans: Map<string, PricedPlan>;
}

/** Computes what operations cost before they run. */
export class Costs {
  private readonly known = new WeakMap<OperationDefinitionNode, KnownOperation>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly prices: Prices,
  ) {}

  /** The points of an operation. Throws QUERY_TOO_COMPLEX if they, or its bulk rows, are too many. */
  demand(document: DocumentNode, operation: OperationDefinitionNode, sent: Variables = {}): number {
    const known = this.known.get(operation) ?? knownOf(document, operation);
    this.known.set(operation, known);
    const variables = { ...known.defaults, ...sent };
    const plan = this.planFor(document, operation, known, variables);
    const evaluation = evaluated(variables);
    demandFewRows(plan, evaluation);
    const points = totalOf(evaluation.sumsOf(plan));
    if (points > limits.cost) throw tooDear(points, dearestOf(plan, evaluation));
    return points;
  }

  private planFor(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    { conditions, plans }: KnownOperation,
    variables: Variables,
  ): PricedPlan {
    const state = conditions.map((name) => String(variables[name])).join();
    const known = plans.get(state);
    if (known) return known;
    const plan = priced(this.prices, planOf(this.schema, document, operation, variables));
    if (plans.size >= mostPlans) plans.clear();
    plans.set(state, plan);
    return plan;
  }
}

function knownOf(document: DocumentNode, { variableDefinitions = [] }: OperationDefinitionNode): KnownOperation {
  const conditions = new Set<string>();
  visit(document, {
    Directive: ({ arguments: sent = [] }) => {
      for (const { value } of sent) if (value.kind === Kind.VARIABLE) conditions.add(value.name.value);
    },
  });
  const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
  );
  return { conditions: [...conditions], defaults: Object.fromEntries(defaults), plans: new Map() };
}

/** Whole points. Fractions, which the shares of batches are, may add up to a little less than they should. */
const totalOf = ({ each, eachRow, once }: Sums): number => Math.floor(each + usualSize * eachRow + once + 1e-6);

/** Throws if the bulk mutations of the document have more rows together than one may have. */
function demandFewRows({ fields }: PricedPlan, evaluation: Evaluation): void {
  const counts = fields.map((field) => ({ path: field.key, rows: evaluation.termsOf(field).rows }));
  const bulk = counts.filter(({ rows }) => rows > 0);
  const total = bulk.reduce((sum, { rows }) => sum + rows, 0);
  if (total <= limits.bulkRows) return;
  const named = bulk.map(({ path, rows }) => `${path} ${rows}`).join(', ');
  throw tooComplex(`The document has ${total} bulk rows (${named}), at most ${limits.bulkRows} are allowed`, {
    rows: bulk,
  });
}

function tooDear(requested: number, dearest: Share[]): CodedError {
  const [{ path, sizedBy }] = dearest as [Share, ...Share[]];
  const less = sizedBy
    ? ` and has fewer objects with a smaller ${sizedBy.map((name) => `\`${name}\``).join(' or ')}`
    : '';
  return tooComplex(
    `The document costs ${requested} points, at most ${limits.cost} are allowed; the dearest is ${path}${less}`,
    { cost: { requested, limit: limits.cost, dearest } },
  );
}
