const number = new Intl.NumberFormat('en');

export const count = (value) => number.format(value);
export const percent = (value) => `${number.format(Math.round(value * 10) / 10)} %`;

/** `1 deal`, `2 deals`. */
export const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Formats an amount, which is an exact decimal text, rounded for display. */
export const amountIn = (value, currency, options = { maximumFractionDigits: 0 }) =>
  new Intl.NumberFormat('en', { style: 'currency', currency, ...options }).format(value);

export const short = (value, currency) => amountIn(value, currency, { notation: 'compact', maximumFractionDigits: 1 });

export const exact = (value, currency) => (value === null ? '' : amountIn(value, currency, {}));

/** The amounts of a money measure in each currency with money; amounts in different currencies are never added. */
export const moniesOf = ({ amount, currency, otherCurrencies }) =>
  [{ amount, currency }, ...otherCurrencies].filter((part) => Number(part.amount) !== 0);

export const monies = (measure) => {
  const parts = moniesOf(measure).map((part) => amountIn(part.amount, part.currency));
  return parts.length ? parts : [amountIn(0, measure.currency)];
};

/** All amounts of a money measure in one line. */
export const money = (measure) => monies(measure).join(' + ');

/** The amount in one currency as a number; null if there is none. */
export const moneyIn = (currency, measure) => {
  const found = moniesOf(measure).find((part) => part.currency === currency);
  return found ? Number(found.amount) : null;
};

const dayFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

const dateOf = (day) => new Date(`${day}T00:00:00Z`);

/** Formats `2026-11-28` as `Nov 28, 2026`. */
export const dayText = (day) => dayFormat.format(dateOf(day));

export const rangeText = ({ from, to }) => dayFormat.formatRange(dateOf(from), dateOf(to));

/** Formats of moments in a time zone, or in the browser's own if the browser does not know that zone. */
export function momentsIn(timeZone) {
  const formatOf = (options) => {
    try {
      return new Intl.DateTimeFormat('en', { ...options, timeZone });
    } catch (error) {
      if (error instanceof RangeError) return new Intl.DateTimeFormat('en', options);
      throw error;
    }
  };
  const [day, time, moment] = [
    { dateStyle: 'full' },
    { timeStyle: 'short' },
    { dateStyle: 'medium', timeStyle: 'short' },
  ].map((options) => {
    const format = formatOf(options);
    return (instant) => format.format(new Date(instant));
  });
  return { day, time, moment };
}
