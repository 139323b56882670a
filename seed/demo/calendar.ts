const dayLength = 86_400_000;

/** Dates relative to the day of loading in the organization's time zone. */
export class Calendar {
  private readonly today: string;

  constructor(
    private readonly loadedAt: Date,
    timeZone: string,
  ) {
    // The Swedish locale formats dates as ISO 8601 does.
    this.today = new Intl.DateTimeFormat('sv-SE', { timeZone }).format(loadedAt);
  }

  /** The day `days` days from today as YYYY-MM-DD; negative numbers are in the past. */
  day(days: number): string {
    return new Date(Date.parse(this.today) + days * dayLength).toISOString().slice(0, 10);
  }

  /** A moment of that day in UTC. Times in the afternoon are on the same day in all the organizations. */
  at(days: number, time = '15:00'): Date {
    return new Date(`${this.day(days)}T${time}:00Z`);
  }

  /** The same moment, but never later than the time of loading. */
  past(days: number, time?: string): Date {
    return new Date(Math.min(this.at(days, time).getTime(), this.loadedAt.getTime()));
  }
}
