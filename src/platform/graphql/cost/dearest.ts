import { usualSize } from './prices.js';
import { belowOf, type Evaluation, type PricedField, type PricedPlan } from './sums.js';

export interface Share {
  /** Place in the answer, by response keys. */
  path: string;
  points: number;
  /** The arguments, by their places in the answer, that decide how many objects there are at the path. */
  sizedBy?: string[];
}

const mostShares = 10;
const mostSteps = 200;

/** A field that still has to be looked into, or its own share. */
interface Step extends Omit<Share, 'sizedBy'> {
  /** Missing for a share. */
  field?: PricedField;
  /** Objects that have the field, lists' size around it, and the arguments that decide about both. */
  parents: number;
  size: number;
  sizedBy: string[];
}

/**
 * The fields that cost most, without those below them. It looks first into the fields that cost most with those below
 * them, since fragments can give a small document more places than could be visited.
 */
export function dearestOf(plan: PricedPlan, evaluation: Evaluation): Share[] {
  const found: Share[] = [];
  const open = stepsInto(plan, '', { parents: 1, size: usualSize, sizedBy: [] }, evaluation);
  for (let step = 0; open.length > 0 && found.length < mostShares && step < mostSteps; step += 1) {
    const best = open.reduce((most, one, place) => (one.points > open[most]!.points ? place : most), 0);
    const [{ path, points, field, ...around }] = open.splice(best, 1) as [Step];
    const { parents, size, sizedBy } = around;
    if (!field) {
      found.push({ path, points: Math.floor(points), ...(sizedBy.length && { sizedBy }) });
      continue;
    }
    const { own, once, objects, sizeBelow } = costOf(field, { parents, size }, evaluation);
    const also = [...sizedBy, ...evaluation.termsOf(field).sizedBy.map((name) => `${path}.${name}`)];
    // A statement costs the same however many objects it gives.
    const isStatement = once > own / 2;
    open.push({ path, points: own, parents, size, sizedBy: isStatement ? [] : field.isList ? also : sizedBy });
    for (const below of field.below)
      open.push(...stepsInto(below, `${path}.`, { parents: objects, size: sizeBelow, sizedBy: also }, evaluation));
  }
  return found.filter(({ points }) => points > 0);
}

const stepsInto = (plan: PricedPlan, before: string, around: Around, evaluation: Evaluation): Step[] =>
  plan.fields.map((field) => ({
    path: before + field.key,
    points: costOf(field, around, evaluation).all,
    field,
    ...around,
  }));

type Around = Pick<Step, 'parents' | 'size' | 'sizedBy'>;

function costOf(field: PricedField, { parents, size }: Omit<Around, 'sizedBy'>, evaluation: Evaluation) {
  const terms = evaluation.termsOf(field);
  const below = belowOf(field, evaluation);
  const objects = parents * (field.isList ? (terms.size ?? size) : 1);
  const own = objects * terms.objects + parents * terms.each + terms.points;
  return {
    own,
    once: terms.points,
    objects,
    sizeBelow: terms.sizeBelow,
    all: own + objects * (below.each + terms.sizeBelow * below.eachRow) + below.once,
  };
}
