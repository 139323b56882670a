import type { Dataset } from './dataset.js';
import { type Options, type Probe, probe } from './probe.js';
import type { Verdict } from './report.js';
import type { Server } from './servers.js';
import { queries, type Shape } from './shapes.js';
import { mutations } from './writes.js';

const mostPoints = 10_000;

/** Aliases and root fields that one document may have. */
const mostCopies = 19;

/** Those that took most are measured again, and count by the best of these rounds. */
const [finalists, rounds] = [12, 2];

interface Promised {
  kind: string;
  milliseconds: number;
  megabytes?: number;
}

/** The most that a document may take. */
const promised: Record<'query' | 'mutation', Promised> = {
  query: { kind: 'query', milliseconds: 2000, megabytes: 50 },
  mutation: { kind: 'mutation', milliseconds: 4000 },
};

const documentOf = (parts: readonly Shape[]): string => {
  const aliased = parts.map(({ field, inside }, n) => (inside ? `a${n}: ${inside} { ${field} }` : `a${n}: ${field}`));
  return `{ ${aliased.join(' ')} }`;
};

/** The document with the most copies of a part that passes, found by trying. */
async function filled(measure: (document: string) => Promise<Probe>, shape: Shape): Promise<Probe[]> {
  const one = await measure(documentOf([shape]));
  if (one.error || one.points === 0) return [one];
  const copies = Math.max(1, Math.min(mostCopies, Math.floor(mostPoints / one.points)));
  return [one, await measure(documentOf(Array(copies).fill(shape)))];
}

/**
 * Searches for the documents that take most of what passes: fills a document with each shape, and then with pairs of
 * those that took most for their points.
 */
export async function dearest(server: Server, dataset: Dataset, report: (line: string) => void): Promise<Verdict[]> {
  const measure = (document: string, options?: Options) => probe(server, document, options);
  const found: Probe[] = [];
  const rates: { shape: Shape; rate: number; points: number }[] = [];
  for (const [n, shape] of queries.entries()) {
    if (n % 20 === 0) report(`${n} of ${queries.length} queries`);
    const probes = await filled(measure, shape);
    found.push(...probes);
    const last = probes.at(-1)!;
    if (!last.error) rates.push({ shape, rate: last.postgres / last.points, points: probes[0]!.points });
  }
  const worst = rates.toSorted((one, other) => other.rate - one.rate).slice(0, 5);
  for (const first of worst)
    for (const second of worst.slice(worst.indexOf(first) + 1)) {
      const copies = (points: number) => Math.max(1, Math.min(9, Math.floor(mostPoints / 2 / points)));
      const parts = [first, second].flatMap(({ shape, points }) => Array<Shape>(copies(points)).fill(shape));
      found.push(await measure(documentOf(parts)));
    }
  report('mutations');
  const written: Probe[] = [];
  for (const { document, variables } of await mutations(dataset))
    written.push(await measure(document, { variables, headers: { 'x-dry-run': 'true' } }));
  return [await verdict(promised.query, found, server), await verdict(promised.mutation, written, server)];
}

const byPostgres = (probes: readonly Probe[]) => probes.toSorted((one, other) => other.postgres - one.postgres);
const byMemory = (probes: readonly Probe[]) => probes.toSorted((one, other) => other.megabytes - one.megabytes);

function print(title: string, probes: readonly Probe[]): void {
  console.log(`${title}: ms of PostgreSQL, MB of the server, points, statements`);
  for (const { postgres, megabytes, points, statements, document, error } of probes.slice(0, 10))
    console.log(
      [postgres, megabytes.toFixed(0), points, statements].map((figure) => String(figure).padStart(6)).join(' '),
      error ?? '',
      document.replace(/\s+/g, ' ').slice(0, 200),
    );
}

/** Measures the dearest ones again, prints them, and compares them with what is promised. */
async function verdict(
  { kind, milliseconds, megabytes: most }: Promised,
  probes: readonly Probe[],
  server: Server,
): Promise<Verdict> {
  const room = most ? `, ${most} MB` : '';
  const last = new Set([...byPostgres(probes).slice(0, finalists), ...byMemory(probes).slice(0, finalists)]);
  const settled: Probe[] = [];
  for (const one of last) settled.push(await settle(one, server));
  print(`The dearest ${kind} documents`, byPostgres(settled));
  print(`The ${kind} documents that take most memory`, byMemory(settled));
  const failed = [...settled, ...probes].filter(({ error }) => error && !error.startsWith('QUERY_TOO_COMPLEX'));
  print(`Failed ${kind} documents`, failed);
  const [postgres, megabytes] = [byPostgres(settled)[0]!.postgres, byMemory(settled)[0]!.megabytes];
  // Until it was stopped, such a document took less than it would have.
  const stopped = settled.filter(({ error }) => error?.startsWith('TIMEOUT')).length;
  return {
    promise: `the dearest ${kind} that passes takes at most ${milliseconds} ms of PostgreSQL${room}`,
    measured: `${postgres} ms, ${megabytes.toFixed(0)} MB${stopped ? `; ${stopped} stopped at their deadline` : ''}`,
    kept: postgres <= milliseconds && (!most || megabytes <= most) && !stopped,
  };
}

/**
 * The least time of several rounds, since a first one also warms the caches, and the most memory. Rounds that were
 * stopped count only if all were.
 */
async function settle(first: Probe, server: Server): Promise<Probe> {
  const all = [first];
  for (let round = 0; round < rounds; round += 1) all.push(await probe(server, first.document, first.options));
  const whole = all.filter(({ error }) => !error);
  const times = (probes: readonly Probe[]) => probes.map(({ postgres }) => postgres);
  return {
    ...(whole[0] ?? first),
    postgres: whole.length ? Math.min(...times(whole)) : Math.max(...times(all)),
    megabytes: Math.max(...all.map(({ megabytes }) => megabytes)),
  };
}
