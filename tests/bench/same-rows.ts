import { deepStrictEqual } from 'node:assert/strict';
import type { Server } from './servers.js';

/** Sends a body once; throws what a refused request was told. */
export async function ask({ url, headers }: Pick<Server, 'url' | 'headers'>, body: string): Promise<object> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await headers()) },
    body,
  });
  const answer = (await response.json()) as { data: object; errors?: object[] };
  if (answer.errors) throw new Error(`${url} answers ${JSON.stringify(answer.errors[0])} to ${body}`);
  return answer.data;
}

/** Throws unless the answers are the same but for their cursors, which each server makes in its own way. */
export const sameAnswers = (ours: object, bare: object): void => deepStrictEqual(comparable(ours), comparable(bare));

/** Throws unless the answers, whose fields may be named and written in other ways, hold the same records. */
export const sameRecords = (ours: object, other: object): void => deepStrictEqual(idsIn(ours), idsIn(other));

const comparable = (answer: object): object =>
  JSON.parse(JSON.stringify(answer, (key, value) => (['cursor', 'endCursor'].includes(key) ? undefined : value)));

function idsIn(answer: object): string[] {
  const ids: string[] = [];
  JSON.stringify(answer, (key, value) => {
    if (key === 'id') ids.push(value);
    return value;
  });
  return ids;
}
