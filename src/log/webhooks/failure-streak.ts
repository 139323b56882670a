import { type Fragment, sql } from '../../platform/database/sql.js';
import type { Attempt } from './send.js';

/** The value of `failing_since` by what the attempts of a run did to the streak of failures that was stored before. */
const since = {
  unchanged: sql`failing_since`,
  ended: sql`null`,
  begun: sql`now()`,
  continued: sql`coalesce(failing_since, now())`,
};

/** The time since which every attempt of a webhook has failed. */
export class FailureStreak {
  private state: keyof typeof since = 'unchanged';

  note({ fault }: Attempt): void {
    if (fault === null) this.state = 'ended';
    else this.state = this.state === 'ended' || this.state === 'begun' ? 'begun' : 'continued';
  }

  /** Whether all attempts of the run have failed; false without one. */
  get isContinued(): boolean {
    return this.state === 'continued';
  }

  get since(): Fragment {
    return since[this.state];
  }
}
