// A quotient of whole numbers is exact in binary where it ends with a half, so `Math.round` rounds it half up. That of
// fractions is not: 2.135 · 100 is a little less than 213.5.

/** Mean of numbers that have 2 decimals at most, with 2 decimals, rounded half up. */
export const meanOf = (sum: number, count: number): number => Math.round(Math.round(sum * 100) / count) / 100;

/** part / whole · 100 of whole numbers, with 2 decimals, rounded half up; 0 if `whole` is 0, else it is positive. */
export const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((part * 10_000) / whole) / 100;
