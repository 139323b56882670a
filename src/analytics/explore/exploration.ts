import { demandMembership } from '../../platform/auth/viewer.js';
import { instant, sql } from '../../platform/database/sql.js';
import type { Reader, Summarized } from '../../platform/reading/reader.js';
import type { Selection } from '../../platform/reading/selection.js';
import { badInput } from '../../platform/records/check.js';
import type { InputFault } from '../../platform/records/inputs.js';
import type { RecordSpec } from '../../platform/records/record.js';
import { during, type Range } from '../range.js';
import { type Comparison, comparisonOf } from './comparison.js';
import { type Dimensions, dayOfProperty, dimensionsOf, groupFieldsOf } from './dimensions.js';
import { type ExploreArguments, explorationFaults } from './explore-arguments.js';
import { type GroupKey, keysOf, labelsOf } from './group-keys.js';
import { Measures } from './measures.js';
import { type Parts, partName, partsOf, partText } from './parts.js';
import { Places } from './places.js';

/** A group, or the total, with the measures that can be computed over its rows. */
export interface Part {
  measures: Measures;
  part: string;
}

export interface Group extends Part {
  isOther: boolean;
  keys: GroupKey[];
  previous: Part | null;
  exploration: Exploration;
}

const everything = { categories: [], bucket: '' };
const undivided: Dimensions = { categories: [], order: [] };

/** A call of an ad-hoc aggregation: its rows, their grouping, and the measures over each group. */
export class Exploration {
  private readonly dimensions: Dimensions;
  /** Values of each category that have a group of their own. */
  private kept: string[][] = [];

  constructor(
    /** A reader for which days begin in the time zone of the call. */
    readonly read: Reader,
    private readonly record: RecordSpec,
    private readonly args: ExploreArguments,
  ) {
    const faults: InputFault[] = [];
    this.dimensions = dimensionsOf(record, args.groupBy, read.viewer, faults);
    faults.push(...explorationFaults(record, args, this.dimensions));
    if (faults.length) throw badInput(faults);
  }

  /** Measures over all rows. */
  get total(): Part {
    return this.totalOf(this.rows());
  }

  /** Measures over all rows of the earlier period; null without `compareTo`. */
  get previousTotal(): Part | null {
    return this.comparison && this.totalOf(this.rows(this.comparison.period));
  }

  /** The moment of all figures: the statements of an operation read one snapshot. */
  async asOf(): Promise<string> {
    const [row] = await this.read.query(sql`select ${instant(sql`now()`)} as at`);
    return row!.at as string;
  }

  async groups(selection: Selection): Promise<Group[]> {
    const { comparison, dimensions } = this;
    const places = dimensions.order.length ? await this.places(comparison) : [everything];
    const wantsLabels = selection.at('keys').has('label') || selection.at('key').has('label');
    const labels = wantsLabels ? await labelsOf(this.read, dimensions, this.kept) : [];
    const measures = this.measuresOver(this.rows(), this.parts);
    const before = comparison && this.measuresOver(this.rows(comparison.period), comparison.moved(this.parts));
    return places.map((place) => {
      const part = partName(place);
      return {
        keys: keysOf(dimensions, place, labels),
        isOther: place.categories.includes(null),
        measures,
        part,
        previous: before && { measures: before, part },
        exploration: this,
      };
    });
  }

  /** The rows of the call, with what sorts them into groups. */
  get partedRows(): Summarized {
    return { ...this.rows(), join: this.parts.join };
  }

  /** SQL for the name of a row's group. */
  get partOf() {
    return partText(this.parts);
  }

  private get zone(): string {
    return demandMembership(this.read.viewer).timeZone;
  }

  private get parts(): Parts {
    return partsOf(this.dimensions, 't', this.zone, this.kept);
  }

  private get comparison(): Comparison | null {
    return comparisonOf(this.args, this.dimensions);
  }

  /** The conditions on rows, in the form that lists and summaries take. */
  private rows(period: Range | null | undefined = this.args.period): Summarized {
    const { filter, search } = this.args;
    if (!period) return { filter, search };
    const spec = groupFieldsOf(this.record).get(this.args.period!.field)!;
    return { filter, search, narrowing: (alias) => during(period, dayOfProperty(spec, alias, this.zone)) };
  }

  private async places(comparison: Comparison | null) {
    const { read, record, args, dimensions } = this;
    const parts = partsOf(dimensions, 't', this.zone);
    const before = comparison && { rows: this.rows(comparison.period), parts: comparison.moved(parts) };
    const { places, kept } = await new Places({ read, record, args, dimensions }).of(
      { rows: this.rows(), parts },
      before,
    );
    this.kept = kept;
    return places;
  }

  private totalOf(rows: Summarized): Part {
    return { measures: this.measuresOver(rows, partsOf(undivided, 't', this.zone)), part: partName(everything) };
  }

  private measuresOver(rows: Summarized, parts: Parts): Measures {
    return new Measures(this.read, this.record, rows, parts);
  }
}
