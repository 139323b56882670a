import { type LookUp, lookUpAgain } from '../auth/look-up.js';
import type { Viewer } from '../auth/viewer.js';

/** Throws the error for the right that the viewer lacks for a root field. */
export type Demand = (viewer: Viewer) => void;

/**
 * The caller's rights within a mutation document. They are those at its beginning, until a root field changes access.
 * From then on they are looked up again before each root field, and by each field that has waited for locks.
 */
export class Rights {
  /** The caller as last looked up inside the transaction. */
  viewer: Viewer | null = null;
  private mustRenew = false;
  private demand: Demand | undefined;

  constructor(
    private readonly query: LookUp,
    private readonly caller: { readonly viewer: Viewer },
  ) {}

  /** Begins a root field. */
  async enter(demand: Demand): Promise<void> {
    this.demand = demand;
    if (this.mustRenew) await this.renew();
  }

  /** Looks the caller up again. Throws as the root field's rule does if the caller has lost the right to it. */
  async renew(): Promise<void> {
    this.mustRenew = true;
    this.viewer = await lookUpAgain(this.query, this.caller.viewer);
    this.demand?.(this.viewer);
  }
}
