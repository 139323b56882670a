import { total } from './cpu.js';
import type { Measured } from './rounds.js';

export interface Line {
  what: string;
  ours: Measured;
  postgraphile?: Measured;
  mercurius?: Measured;
  bare?: Measured;
}

/** A promise with what was measured of it. */
export interface Verdict {
  promise: string;
  measured: string;
  kept: boolean;
}

export const ratio = (one: Measured, other: Measured) => one.requestsPerSecond / other.requestsPerSecond;

/** How much less processor time one takes for a request than the other; as with rates, more is better. */
export const cpuRatio = (one: Measured, other: Measured) => total(other.cpu) / total(one.cpu);

export function geometricMean(numbers: number[]): number {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

export const legend = 'Requests a second (milliseconds of processor time a request, of the server/of PostgreSQL)';

/** The figures of each server, and our share of the others' rates. */
export function table(lines: Line[]): string {
  const cell = (measured?: Measured) =>
    measured
      ? `${measured.requestsPerSecond.toFixed(0)} ` +
        `(${measured.cpu.server.toFixed(2)}/${measured.cpu.postgres.toFixed(2)})`
      : '–';
  const times = (ours: Measured, other?: Measured) => (other ? ratio(ours, other).toFixed(2) : '–');
  return [
    '| screen | ours | PostGraphile | mercurius | bare pg | ÷ PostGraphile | ÷ mercurius | ÷ bare pg |',
    '|---|---|---|---|---|---|---|---|',
    ...lines.map(({ what, ours, postgraphile, mercurius, bare }) => {
      const peers = [postgraphile, mercurius, bare];
      const cells = [what, ...[ours, ...peers].map(cell), ...peers.map((peer) => times(ours, peer))];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

export const verdictLine = ({ promise, measured, kept }: Verdict): string =>
  `${kept ? 'kept       ' : 'FALLS SHORT'}  ${promise}: ${measured}`;
