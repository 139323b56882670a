import {
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  type GraphQLResponse,
  getRequest,
  Network,
  type PayloadError,
  RecordSource,
  Store,
} from 'relay-runtime';
import { refusalOf } from './errors.js';
import DealQuery, { type boardDealQuery } from './generated/relay/boardDealQuery.graphql.js';
import DealsQuery, { type boardDealsQuery } from './generated/relay/boardDealsQuery.graphql.js';
import MoveDeal, { type boardMoveDealMutation } from './generated/relay/boardMoveDealMutation.graphql.js';

export type Deal = NonNullable<boardDealsQuery['response']['deals']>['edges'][number]['node'];
export type Stage = NonNullable<Deal['stage']>;

/** Relay's errors do not carry those of the answer. */
class Refused extends Error {
  override name = 'Refused';
  constructor(readonly errors: readonly PayloadError[]) {
    super(errors.map(({ message }) => message).join('\n'));
  }
}

export const makeEnvironment = (url: string, signedFetch: typeof fetch) =>
  new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(async ({ text, name }, variables) => {
      const response = await signedFetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: text, operationName: name, variables }),
      });
      return (await response.json()) as GraphQLResponse;
    }),
  });

/** The board as the store has it, now and after every change. */
export function watchBoard(
  environment: Environment,
  first: number,
  show: (board: boardDealsQuery['response']) => void,
) {
  const operation = createOperationDescriptor(getRequest(DealsQuery), { first });
  const snapshot = environment.lookup(operation.fragment);
  show(snapshot.data as boardDealsQuery['response']);
  const watches = [
    environment.retain(operation),
    environment.subscribe(snapshot, ({ data }) => show(data as boardDealsQuery['response'])),
  ];
  return () => watches.forEach((watch) => void watch.dispose());
}

/** A page; Relay adds it to the pages before it in the store. */
export const loadBoard = (environment: Environment, first: number, after?: string | null) =>
  fetchQuery<boardDealsQuery>(environment, DealsQuery, { first, after }).toPromise();

/** Shows the deal in its new stage at once, and back in its old one when the move is refused. */
export async function moveDeal(environment: Environment, deal: Deal, stage: Stage): Promise<void> {
  // Without the `__typename` that Relay adds to rows: it wants what the mutation selects and no more.
  const { id, version, title, status } = deal;
  try {
    await commit(environment, {
      variables: { id, stageId: stage.id, expectedVersion: version },
      rawResponse: { moveDealStage: { id, version, title, status, stage } },
    });
  } catch (error) {
    if (refusalOf(error)?.code === 'VERSION_CONFLICT')
      await fetchQuery<boardDealQuery>(environment, DealQuery, { id }).toPromise();
    throw error;
  }
}

const commit = (
  environment: Environment,
  { variables, rawResponse }: Required<Pick<boardMoveDealMutation, 'variables' | 'rawResponse'>>,
) =>
  new Promise<void>((resolve, reject) => {
    commitMutation<boardMoveDealMutation>(environment, {
      mutation: MoveDeal,
      variables,
      optimisticResponse: rawResponse,
      // Errors beside data do not go to onError.
      onCompleted: (_, errors) => (errors?.length ? reject(new Refused(errors)) : resolve()),
      onError: reject,
    });
  });
