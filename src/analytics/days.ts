// Calendar arithmetic on days as `YYYY-MM-DD`, without clocks, time zones or daylight saving time.

const utc = (day: string) => new Date(`${day}T00:00:00Z`);
const dayAt = (instant: number) => new Date(instant).toISOString().slice(0, 10);
const millisecondsADay = 86_400_000;

export const plusDays = (day: string, days: number): string => dayAt(utc(day).getTime() + days * millisecondsADay);

export const daysBetween = (from: string, to: string): number =>
  (utc(to).getTime() - utc(from).getTime()) / millisecondsADay;

/** The first day of the month `months` months later. */
export const firstOfMonth = (day: string, months = 0): string =>
  dayAt(Date.UTC(utc(day).getUTCFullYear(), utc(day).getUTCMonth() + months, 1));

/** Monday is 0. */
export const weekday = (day: string): number => (utc(day).getUTCDay() + 6) % 7;

const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Parts of a day for labels. */
export function partsOf(day: string): { year: string; quarter: number; month: string; date: string } {
  const [year, month, date] = day.split('-') as [string, string, string];
  return { year, quarter: Math.ceil(Number(month) / 3), month: names[Number(month) - 1]!, date };
}
