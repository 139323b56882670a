import type { Plan, PlannedField } from './plan.js';
import type { Prices } from './prices.js';
import type { Variables } from './sent-arguments.js';
import { type Reader, type Terms, termsOf } from './terms.js';

/** The selections of one position in the answer, with their prices. */
export interface PricedPlan {
  fields: PricedField[];
  /** The sums of its fields, if no variable decides about them. */
  fixed: Sums | null;
}

export interface PricedField extends Pick<PlannedField, 'key' | 'isList'> {
  terms: Reader;
  below: PricedPlan[];
}

/** The cost of a plan, linear in the number of objects that have its fields and in the size of lists among them. */
export interface Sums {
  /** Points for each object. */
  each: number;
  /** Points for each object and each row of a list in it whose size the field around them decides. */
  eachRow: number;
  /** Points of statements, which answer all objects at once. */
  once: number;
}

/** The cost of an operation, with the values of its variables. */
export interface Evaluation {
  termsOf(field: PricedField): Terms;
  sumsOf(plan: PricedPlan): Sums;
}

/** Keys of a loader that one statement answers. */
const batch = 1000;

/** Looks up the prices of a plan. */
export function priced(prices: Prices, plan: Plan, known = new Map<Plan, PricedPlan>()): PricedPlan {
  const found = known.get(plan);
  if (found) return found;
  const fields = plan.fields.flatMap((field): PricedField[] => {
    const terms = termsOf(prices, plan, field);
    const below = field.below.map((part) => priced(prices, part, known));
    return terms ? [{ key: field.key, isList: field.isList, terms, below }] : [];
  });
  const isFixed = fields.every(({ terms, below }) => terms.isFixed && below.every(({ fixed }) => fixed));
  const result: PricedPlan = { fields, fixed: null };
  if (isFixed) result.fixed = evaluated({}).sumsOf(result);
  known.set(plan, result);
  return result;
}

/** Sums with the values of variables. */
export function evaluated(variables: Variables): Evaluation {
  const known = new Map<PricedPlan, Sums>();
  const terms = new Map<PricedField, Terms>();
  const evaluation: Evaluation = {
    termsOf(field) {
      const found = terms.get(field) ?? field.terms.read(variables);
      terms.set(field, found);
      return found;
    },
    sumsOf(plan) {
      const found = plan.fixed ?? known.get(plan) ?? sumsOf(plan, evaluation);
      known.set(plan, found);
      return found;
    },
  };
  return evaluation;
}

function sumsOf(plan: PricedPlan, evaluation: Evaluation): Sums {
  const sums: Sums = { each: 0, eachRow: 0, once: 0 };
  for (const field of plan.fields) {
    const { objects, each, points, size, sizeBelow } = evaluation.termsOf(field);
    const below = belowOf(field, evaluation);
    const object = objects + below.each + sizeBelow * below.eachRow;
    if (field.isList && size === undefined) sums.eachRow += object;
    else sums.each += object * (size ?? 1);
    sums.each += each + points / batch;
    sums.once += points + below.once;
  }
  return sums;
}

/** The sums below a field; an object of several possible types counts as the dearest of them. */
export function belowOf({ below }: PricedField, evaluation: Evaluation): Sums {
  const all = below.map((plan) => evaluation.sumsOf(plan));
  const [only = { each: 0, eachRow: 0, once: 0 }, ...others] = all;
  if (!others.length) return only;
  const most = (part: keyof Sums) => Math.max(...all.map((sums) => sums[part]));
  return { each: most('each'), eachRow: most('eachRow'), once: all.reduce((sum, { once }) => sum + once, 0) };
}
