import type { Dataset } from './dataset.js';
import { bodyOf } from './documents.js';
import { cpuRatio, geometricMean, type Line, ratio, type Verdict } from './report.js';
import { type Effort, interleaved } from './rounds.js';
import { ask, sameAnswers, sameRecords } from './same-rows.js';
import { dashboardScreen } from './screens/dashboard.js';
import type { Screen } from './screens/screen.js';
import { screensOf } from './screens.js';
import { connections, type Servers } from './servers.js';

/** Every screen on every server that has it; throws when their answers differ. */
export async function readings(
  servers: Servers,
  { subjects }: Dataset,
  effort: Effort,
  report: (line: Line) => void,
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const screen of screensOf(subjects)) {
    const body = bodyOf(screen);
    const bodies = { ours: body, mercurius: body, bare: body, postgraphile: peerBodyOf(screen) };
    const asked = Object.entries(bodies).flatMap(([name, sent]) =>
      sent === null ? [] : [{ name: name as keyof Servers, sent }],
    );
    const answer = await ask(servers.ours, body);
    sameAnswers(answer, await ask(servers.mercurius, body));
    sameAnswers(answer, await ask(servers.bare, body));
    if (bodies.postgraphile) sameRecords(answer, await ask(servers.postgraphile, bodies.postgraphile));
    const measured = await interleaved(
      asked.map(({ name, sent }) => ({ server: servers[name], bodies: () => Array(connections).fill([sent]) })),
      effort,
    );
    const found = Object.fromEntries(asked.map(({ name }, n) => [name, measured[n]!]));
    const line = { what: screen.operation, ...found } as Line;
    report(line);
    lines.push(line);
  }
  return lines;
}

const peerBodyOf = ({ postgraphile }: Screen): string | null =>
  postgraphile ? JSON.stringify({ query: postgraphile }) : null;

const isDashboard = ({ what }: Line) => what === (dashboardScreen satisfies Screen).operation;

export function readingVerdicts(lines: Line[]): Verdict[] {
  const screens = lines.filter((line) => !isDashboard(line));
  const over = (peer: 'postgraphile' | 'mercurius' | 'bare', share = ratio) => {
    const ratios = screens.map((line) => share(line.ours, line[peer]!));
    return { mean: geometricMean(ratios), least: Math.min(...ratios) };
  };
  const told = ({ mean, least }: ReturnType<typeof over>) => `${mean.toFixed(2)} ×, the least ${least.toFixed(2)} ×`;
  const [postgraphile, bare] = [over('postgraphile'), over('bare')];
  const [byHand, cpuByHand] = [over('mercurius'), over('mercurius', cpuRatio)];
  const dashboard = lines.find(isDashboard)!;
  const figures = ratio(dashboard.ours, dashboard.bare!);
  return [
    {
      promise: 'S1 lists and details ≥ 2.3 × PostGraphile on the geometric mean, none below 1.6 ×',
      measured: told(postgraphile),
      kept: postgraphile.mean >= 2.3 && postgraphile.least >= 1.6,
    },
    {
      promise: 'S2 the same ≥ 0.75 × bare pg on the geometric mean, none below 0.60 ×',
      measured: told(bare),
      kept: bare.mean >= 0.75 && bare.least >= 0.6,
    },
    {
      promise: 'S10 the same ≥ 0.95 × mercurius with statements written by hand, in requests and in processor time',
      measured: `${byHand.mean.toFixed(2)} × and ${cpuByHand.mean.toFixed(2)} ×`,
      kept: byHand.mean >= 0.95 && cpuByHand.mean >= 0.95,
    },
    {
      promise: 'S5 dashboard figures ≥ 1.0 × one statement written by hand',
      measured: `${figures.toFixed(2)} ×`,
      kept: figures >= 1,
    },
  ];
}
