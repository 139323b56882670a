import type { Dataset } from './dataset.js';
import { bodyOf } from './documents.js';
import { geometricMean, type Line, ratio, type Verdict } from './report.js';
import { type Effort, interleaved } from './rounds.js';
import { ask, sameAnswers, sameRecords } from './same-rows.js';
import { dashboardScreen } from './screens/dashboard.js';
import type { Screen } from './screens/screen.js';
import { screensOf } from './screens.js';
import { connections, type Servers } from './servers.js';

/** Every screen on every server that has it; throws when their answers differ. */
export async function readings(
  { ours, postgraphile, bare }: Servers,
  { subjects }: Dataset,
  effort: Effort,
  report: (line: Line) => void,
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const screen of screensOf(subjects)) {
    const body = bodyOf(screen);
    const peerBody = JSON.stringify({ query: screen.postgraphile });
    const answer = await ask(ours, body);
    sameAnswers(answer, await ask(bare, body));
    if (screen.postgraphile) sameRecords(answer, await ask(postgraphile, peerBody));
    const of = (server: typeof ours, sent: string) => ({ server, bodies: () => Array(connections).fill([sent]) });
    const [measured, limit, peer] = await interleaved(
      [of(ours, body), of(bare, body), ...(screen.postgraphile ? [of(postgraphile, peerBody)] : [])],
      effort,
    );
    const line = { what: screen.operation, ours: measured!, bare: limit, postgraphile: peer };
    report(line);
    lines.push(line);
  }
  return lines;
}

const isDashboard = ({ what }: Line) => what === (dashboardScreen satisfies Screen).operation;

export function readingVerdicts(lines: Line[]): Verdict[] {
  const screens = lines.filter((line) => !isDashboard(line));
  const overPeer = screens.map(({ ours, postgraphile }) => ratio(ours, postgraphile!));
  const [mean, least] = [geometricMean(overPeer), Math.min(...overPeer)];
  const overBare = geometricMean(screens.map(({ ours, bare }) => ratio(ours, bare!)));
  const dashboard = lines.find(isDashboard)!;
  const figures = ratio(dashboard.ours, dashboard.bare!);
  return [
    {
      promise: 'S1 lists and details ≥ 2.0 × PostGraphile on the geometric mean, none below 1.3 ×',
      measured: `${mean.toFixed(2)} ×, the least ${least.toFixed(2)} ×`,
      kept: mean >= 2 && least >= 1.3,
    },
    {
      promise: 'S2 the same ≥ 0.60 × bare pg on the geometric mean',
      measured: `${overBare.toFixed(2)} ×`,
      kept: overBare >= 0.6,
    },
    {
      promise: 'S5 dashboard figures ≥ 0.7 × one statement written by hand',
      measured: `${figures.toFixed(2)} ×`,
      kept: figures >= 0.7,
    },
  ];
}
