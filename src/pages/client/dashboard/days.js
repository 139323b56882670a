const millisecondsOfDay = 86_400_000;

/** Today in a time zone that this browser may not know. */
export function todayIn(timeZone) {
  const day = (options) => new Date().toLocaleDateString('en-CA', options);
  try {
    return day({ timeZone });
  } catch (error) {
    if (error instanceof RangeError) return day();
    throw error;
  }
}

export const plusDays = (day, days) => new Date(Date.parse(day) + days * millisecondsOfDay).toISOString().slice(0, 10);

export const lengthOf = ({ from, to }) => Math.round((Date.parse(to) - Date.parse(from)) / millisecondsOfDay) + 1;

/** The range of equal length before. */
export const before = (range) => ({
  from: plusDays(range.from, -lengthOf(range)),
  to: plusDays(range.from, -1),
});

const fewestDays = [
  ['YEAR', 3 * 366],
  ['MONTH', 184],
  ['WEEK', 31],
];

/** Unit in which a range makes some bars and not too many. */
export const unitOf = (range) => fewestDays.find(([, days]) => lengthOf(range) > days)?.[0] ?? 'DAY';

/** First day of the month eleven months before, so that with the day's own month there are twelve. */
export function yearUpTo(day) {
  const [year, month] = day.split('-').map(Number);
  return { from: new Date(Date.UTC(year, month - 12, 1)).toISOString().slice(0, 10), to: day };
}

export const overlap = (one, other) => ({
  from: [one.from, other.from].sort()[1],
  to: [one.to, other.to].sort()[0],
});
