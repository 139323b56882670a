const millisecondsOfDay = 86_400_000;

/** The current date in a time zone, or in the browser's own if the browser does not know that zone. */
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

/** The preceding range of the same length. */
export const before = (range) => ({
  from: plusDays(range.from, -lengthOf(range)),
  to: plusDays(range.from, -1),
});

const fewestDays = [
  ['YEAR', 3 * 366],
  ['MONTH', 184],
  ['WEEK', 31],
];

/** Unit that divides a range into a reasonable number of bars. */
export const unitOf = (range) => fewestDays.find(([, days]) => lengthOf(range) > days)?.[0] ?? 'DAY';

/** The twelve months that end with the month of `day`, up to that day. */
export function yearUpTo(day) {
  const [year, month] = day.split('-').map(Number);
  return { from: new Date(Date.UTC(year, month - 12, 1)).toISOString().slice(0, 10), to: day };
}

export const overlap = (first, second) => ({
  from: [first.from, second.from].sort()[1],
  to: [first.to, second.to].sort()[0],
});
