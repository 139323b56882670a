import type { Dataset } from './dataset.js';
import { type Options, type Probe, probe } from './probe.js';
import type { Verdict } from './report.js';
import type { Server } from './servers.js';
import { mutations, queries, type Shape } from './shapes.js';

const most = 10_000;

/** Aliases and root fields that one document may have. */
const mostCopies = 19;

const rounds = 2;

/** What a document may take at most. */
const promised = { query: 2000, mutation: 4000, megabytes: 50 };

const documentOf = (parts: readonly Shape[]): string => {
  const aliased = parts.map(({ field, inside }, n) => (inside ? `a${n}: ${inside} { ${field} }` : `a${n}: ${field}`));
  return `{ ${aliased.join(' ')} }`;
};

const best = (probes: readonly Probe[]): Probe =>
  probes.reduce((least, one) => (one.postgres < least.postgres ? one : least));

/** The document with the most copies of a part that passes, found by trying. */
async function filled(measure: (document: string) => Promise<Probe>, shape: Shape): Promise<Probe[]> {
  const one = await measure(documentOf([shape]));
  if (one.error || one.points === 0) return [one];
  const copies = Math.max(1, Math.min(mostCopies, Math.floor(most / one.points)));
  return [one, await measure(documentOf(Array(copies).fill(shape)))];
}

/**
 * Searches for the documents that take most of what passes: fills a document with each shape, and then with pairs of
 * those that took most for their points.
 */
export async function dearest(server: Server, dataset: Dataset): Promise<Verdict[]> {
  const measure = async (document: string, options?: Options): Promise<Probe> => {
    const probes: Probe[] = [];
    for (let round = 0; round < rounds; round += 1) probes.push(await probe(server, document, options));
    return best(probes);
  };
  const found: Probe[] = [];
  const rates: { shape: Shape; rate: number; points: number }[] = [];
  for (const shape of queries) {
    const probes = await filled(measure, shape);
    found.push(...probes);
    const last = probes.at(-1)!;
    if (!last.error) rates.push({ shape, rate: last.postgres / last.points, points: probes[0]!.points });
  }
  const worst = rates.toSorted((one, other) => other.rate - one.rate).slice(0, 5);
  for (const first of worst)
    for (const second of worst.slice(worst.indexOf(first) + 1)) {
      const copies = (points: number) => Math.max(1, Math.min(9, Math.floor(most / 2 / points)));
      const parts = [first, second].flatMap(({ shape, points }) => Array<Shape>(copies(points)).fill(shape));
      found.push(await measure(documentOf(parts)));
    }
  const written: Probe[] = [];
  for (const { document, variables } of mutations(dataset))
    written.push(await measure(document, { variables, headers: { 'x-dry-run': 'true' } }));
  print('queries', found);
  print('mutations', written);
  return [
    verdict('the dearest query', found, promised.query),
    verdict('the dearest mutation', written, promised.mutation),
  ];
}

const byPostgres = (probes: readonly Probe[]) => probes.toSorted((one, other) => other.postgres - one.postgres);

function print(what: string, probes: readonly Probe[]): void {
  console.log(`The dearest ${what}: ms of PostgreSQL, MB of the server, points, statements`);
  for (const { postgres, megabytes, points, statements, document, error } of byPostgres(probes).slice(0, 10))
    console.log(
      [postgres, megabytes.toFixed(0), points, statements].map((figure) => String(figure).padStart(6)).join(' '),
      error ?? '',
      document.replace(/\s+/g, ' ').slice(0, 200),
    );
}

function verdict(what: string, probes: readonly Probe[], milliseconds: number): Verdict {
  const [first] = byPostgres(probes);
  const megabytes = Math.max(...probes.map((one) => one.megabytes));
  return {
    promise: `${what} that passes takes at most ${milliseconds} ms of PostgreSQL and ${promised.megabytes} MB`,
    measured: `${first!.postgres} ms, ${megabytes.toFixed(0)} MB`,
    kept: first!.postgres <= milliseconds && megabytes <= promised.megabytes,
  };
}
