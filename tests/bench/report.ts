import type { Measured } from './rounds.js';

export interface Line {
  what: string;
  ours: Measured;
  postgraphile?: Measured;
  bare?: Measured;
}

/** A promise with what was measured of it. */
export interface Verdict {
  promise: string;
  measured: string;
  kept: boolean;
}

export const ratio = (one: Measured, other: Measured) => one.requestsPerSecond / other.requestsPerSecond;

export function geometricMean(numbers: number[]): number {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** Requests a second, median and 99th percentile of the latency in milliseconds, and our share of the others' rates. */
export function table(lines: Line[]): string {
  const cell = (measured?: Measured) =>
    measured ? `${measured.requestsPerSecond.toFixed(0)} (${measured.p50}/${measured.p99})` : '–';
  const times = (ours: Measured, other?: Measured) => (other ? ratio(ours, other).toFixed(2) : '–');
  return [
    '| screen | ours | PostGraphile | bare pg | ÷ PostGraphile | ÷ bare pg |',
    '|---|---|---|---|---|---|',
    ...lines.map(
      ({ what, ours, postgraphile, bare }) =>
        `| ${what} | ${[ours, postgraphile, bare].map(cell).join(' | ')} | ` +
        `${times(ours, postgraphile)} | ${times(ours, bare)} |`,
    ),
  ].join('\n');
}

export const verdictLine = ({ promise, measured, kept }: Verdict): string =>
  `${kept ? 'kept       ' : 'FALLS SHORT'}  ${promise}: ${measured}`;
