import { describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { sendHttp } from './support/http.js';
import { origin } from './support/server.js';

/** Audits that are not passed, each with its reason; none of them is a MUST or a SHOULD. */
const declined = {
  '5A70': 'a plain GET could be forged by a link or an image on any site',
  D6D5: 'as 5A70: the audit sends no header that a browser would ask for first',
  '6A70': 'as 5A70',
};

test('the server passes the audits of GraphQL over HTTP', async () => {
  const results = await Promise.all(serverAudits({ url: () => `${origin}/graphql` }).map((audit) => audit.fn()));
  expect(results.length).toBeGreaterThan(60);
  const failed = results.filter(({ status }) => status !== 'ok');
  expect(failed.map(({ id, name }) => [id, name.split(' ', 1)[0]]).sort()).toEqual(
    Object.keys(declined)
      .map((id) => [id, 'MAY'])
      .sort(),
  );
});

test('the declined audits pass with a header that prevents forgery', async () => {
  const fetchFn = (url: string, init?: RequestInit) =>
    fetch(url, { ...init, headers: { ...(init?.headers as object), 'graphql-require-preflight': '1' } });
  const audits = serverAudits({ url: () => `${origin}/graphql`, fetchFn });
  for (const audit of audits.filter(({ id }) => id in declined))
    expect(await audit.fn()).toMatchObject({ status: 'ok' });
});

describe('the status of a refused document', () => {
  const statuses = async (accept: string) => {
    const answers = [];
    for (const query of [
      '{',
      '{ nothing }',
      'query ($id: ID!) { customer(id: $id) { id } }',
      '{ customers { totalCount } }',
    ])
      answers.push(
        await sendHttp({ headers: { accept, 'content-type': 'application/json' }, body: JSON.stringify({ query }) }),
      );
    return answers.map(({ status, headers }) => [status, headers.get('content-type')]);
  };
  const json = 'application/json; charset=utf-8';
  const graphql = 'application/graphql-response+json; charset=utf-8';

  test.each(['application/json', '*/*', 'application/json, application/graphql-response+json;q=0.5'])(
    'is 200 for %s, whose clients read errors in no other',
    async (accept) => {
      expect(await statuses(accept)).toEqual(Array(4).fill([200, json]));
    },
  );

  test.each([
    'application/graphql-response+json',
    'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
    'application/graphql-response+json,application/json;q=0.9',
  ])('is 400 for %s', async (accept) => {
    expect(await statuses(accept)).toEqual([...Array(3).fill([400, graphql]), [200, graphql]]);
  });
});
