const dayLength = 86_400_000;

/** Dates relative to the day of loading, as it is in the organization's time zone. */
export class Calendar {
  private readonly today: string;

  constructor(
    private readonly loadedAt: Date,
    timeZone: string,
  ) {
    // Sweden writes dates as ISO 8601 does.
    this.today = new Intl.DateTimeFormat('sv-SE', { timeZone }).format(loadedAt);
  }

  /** The day so many days from today, negative in the past, as YYYY-MM-DD. */
  day(days: number): string {
    return new Date(Date.parse(this.today) + days * dayLength).toISOString().slice(0, 10);
  }

  /** A moment of that day by UTC: in the afternoon it is the same day in all the organizations. */
  at(days: number, time = '15:00'): Date {
    return new Date(`${this.day(days)}T${time}:00Z`);
  }

  /** A moment that has come: never later than the loading, however early in the day that is. */
  past(days: number, time?: string): Date {
    return new Date(Math.min(this.at(days, time).getTime(), this.loadedAt.getTime()));
  }
}
