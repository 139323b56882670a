/** Digits behind the point with which a decimal is computed. */
const digits = 20;

/** A decimal such as `-12.5`, as an integer that is greater by a factor of 10^20. */
export function scaled(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

/** The mean of scaled decimals with this sum, with 2 decimals, rounded half up. */
export const meanOf = (sum: bigint, count: number): number => hundredths(sum * 100n, scaled(String(count)));

/** part / whole · 100 with 2 decimals, rounded half up, of whole numbers; 0 if `whole` is 0, else it is positive. */
export const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : hundredths(BigInt(part) * 10_000n, BigInt(whole));

/** A quotient, rounded half up, as hundredths. The divisor is positive. */
function hundredths(dividend: bigint, divisor: bigint): number {
  const [doubled, by] = [2n * dividend + divisor, 2n * divisor];
  const quotient = doubled / by;
  // Division of bigints truncates, and rounding half up needs the floor.
  return Number(doubled % by < 0n ? quotient - 1n : quotient) / 100;
}
