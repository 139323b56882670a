import Negotiator from 'negotiator';

export const json = 'application/json; charset=utf-8';
const graphqlResponse = 'application/graphql-response+json; charset=utf-8';
const html = 'text/html';

const preferred = (accept: string | undefined, types: string[]): string | undefined =>
  new Negotiator({ headers: { accept } }).mediaType(types);

/** The type in which an answer is sent, undefined for a caller who takes neither. */
export const answerType = (accept: string | undefined) => preferred(accept, [json, graphqlResponse]);

/** Whether a browser asks for something to look at. */
export const wantsPage = (accept: string | undefined) => preferred(accept, [json, graphqlResponse, html]) === html;
