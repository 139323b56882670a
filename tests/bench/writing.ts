import { randomUUID } from 'node:crypto';
import { type Dataset, inOrganization, withoutLog } from './dataset.js';
import { screenBody } from './documents.js';
import { cpuRatio, geometricMean, type Line, type Verdict } from './report.js';
import { type Effort, interleaved } from './rounds.js';
import { connections, type Servers } from './servers.js';

/** More than a connection sends in a second, so that no e-mail address comes twice. */
const mostPerSecond = 400;
const domain = 'bench.example';

/**
 * Single mutations of the screens, answered with the same fields, against the ones that PostGraphile generates. Its
 * tables have no log.
 */
export async function writings(
  { ours, postgraphile }: Servers,
  dataset: Dataset,
  effort: Effort,
  report: (line: Line) => void,
): Promise<Line[]> {
  const pairs = [
    { what: 'CreateCustomer', ours: ourCustomers, peers: (seconds: number) => theirCustomers(dataset, seconds) },
    { what: 'MoveDealStage', ours: () => ourMoves(dataset), peers: () => theirMoves(dataset) },
  ];
  const lines: Line[] = [];
  try {
    for (const pair of pairs) {
      const [measured, peer] = await interleaved(
        [
          { server: ours, bodies: pair.ours },
          { server: postgraphile, bodies: pair.peers, on: (measuring) => withoutLog(dataset, measuring) },
        ],
        effort,
      );
      const line = { what: pair.what, ours: measured!, postgraphile: peer };
      report(line);
      lines.push(line);
    }
  } finally {
    await inOrganization(dataset.databaseUrl, dataset.organizationId, (client) =>
      client.query(`delete from customers where email like '%@${domain}'`),
    );
  }
  return lines;
}

export function writingVerdicts(lines: Line[]): Verdict[] {
  const ratios = lines.map(({ ours, postgraphile }) => cpuRatio(ours, postgraphile!));
  return [
    {
      promise: 'S6 single mutations ≥ 1.0 × PostGraphile in processor time',
      measured: lines.map(({ what }, n) => `${what} ${ratios[n]!.toFixed(2)} ×`).join(', '),
      kept: geometricMean(ratios) >= 1,
    },
  ];
}

const each = (make: (connection: number) => string[]): string[][] =>
  Array.from({ length: connections }, (_, connection) => make(connection));

export const ourCustomers = (seconds: number) =>
  each(() =>
    Array.from({ length: seconds * mostPerSecond }, () =>
      screenBody('CreateCustomer', { input: { name: 'Bench', email: `${randomUUID()}@${domain}` } }),
    ),
  );

const theirCustomers = ({ organizationId }: Dataset, seconds: number) =>
  each(() =>
    Array.from({ length: seconds * mostPerSecond }, () => {
      const id = randomUUID();
      const now = new Date().toISOString();
      const customer = { rowId: id, organizationId, createdAt: now, updatedAt: now, code: id, name: 'Bench', tags: [] };
      return JSON.stringify({
        query: `mutation ($customer: CustomerInput!) { createCustomer(input: { customer: $customer }) {
          customer { rowId version code name firstName lastName email customerType status createdAt } } }`,
        variables: { customer: { ...customer, email: `${id}@${domain}` } },
      });
    }),
  );

/**
 * Each connection moves each deal of its own to one stage and then to the other, so that every move changes something.
 */
const moves = ({ moves: { deals, stages } }: Dataset, body: (id: string, stageId: string) => string) =>
  each((connection) => {
    const own = deals.filter((_, place) => place % connections === connection);
    return own.flatMap((id) => stages.map((stageId) => body(id, stageId)));
  });

export const ourMoves = (dataset: Dataset) =>
  moves(dataset, (id, stageId) => screenBody('MoveDealStage', { id, stageId }));

const theirMoves = (dataset: Dataset) =>
  moves(dataset, (rowId, stageId) =>
    JSON.stringify({
      query: `mutation ($input: UpdateDealByOrganizationIdAndRowIdInput!) {
        updateDealByOrganizationIdAndRowId(input: $input) {
        deal { rowId version status probability expectedRevenue actualCloseDate
          stage: pipelineStageByOrganizationIdAndStageId { rowId name } } } }`,
      variables: {
        input: {
          ...{ organizationId: dataset.organizationId, rowId },
          dealPatch: { stageId, updatedAt: new Date().toISOString() },
        },
      },
    }),
  );
