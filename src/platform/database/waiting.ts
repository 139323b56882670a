const newsMs = 10_000;

/** Tells the operator that the process waits: at once, then every 10 seconds for how long it has, and when it ends. */
export class Waiting {
  private readonly since = performance.now();
  private told: number | null = null;

  /** Seconds since the start. */
  get seconds(): number {
    return Math.round((performance.now() - this.since) / 1000);
  }

  tell(text: string): void {
    const now = performance.now();
    if (this.told !== null && now - this.told < newsMs) return;
    console.error(this.told === null ? text : `${text} (${this.seconds} s so far)`);
    this.told = now;
  }

  end(): void {
    if (this.told !== null) console.error(`Goes on after ${this.seconds} s`);
  }
}
