/** Requests to a receiver at a time. */
export const mostRequests = 5;

/** The requests of a run that are under way, at most one for each record. */
export class Requests {
  private readonly running = new Map<string, Promise<void>>();
  private fault: unknown = null;

  /** Whether the outcome of a request could not be noted. */
  get hasFailed(): boolean {
    return this.fault !== null;
  }

  begin(record: string, work: () => Promise<void>): void {
    const done = work()
      .catch((error: unknown) => {
        this.fault ??= error;
      })
      .finally(() => this.running.delete(record));
    this.running.set(record, done);
  }

  /** Waits until another request may begin, for this record if named. */
  async room(record = ''): Promise<void> {
    await this.running.get(record);
    while (this.running.size >= mostRequests) await Promise.race(this.running.values());
  }

  /** Waits for all requests; throws what has kept one of them from being noted. */
  async settle(): Promise<void> {
    await Promise.all(this.running.values());
    if (this.hasFailed) throw this.fault;
  }
}
