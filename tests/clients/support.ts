import { afterAll } from '@jest/globals';
import { newCustomer } from '../support/customers.js';
import { newDeal, pipelineById, type Row, type Stage, send } from '../support/sales.js';
import { origin } from '../support/server.js';
import { newTenant, type Person, password } from '../support/tenant.js';
import { Session } from './session.js';

/** The storage that the tabs of one browser share. */
export function newStorage() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

export const graphqlUrl = () => `${origin}/graphql`;

interface Board {
  owner: Person;
  session: Session;
  customerId: string;
  /** Five, ordered by title, in the first stage. */
  deals: Row[];
  /** The default pipeline's, in order. */
  stages: Stage[];
  /** Moves a deal as somebody else would, and answers with its new version. */
  moveElsewhere: (deal: { id: string }, stage: { id: string }) => Promise<number>;
}

const sessions: Session[] = [];
afterAll(() => {
  for (const session of sessions) session.close();
});

/** An organization with five deals of one customer, and its owner, signed in as a front end does it. */
export async function newBoard(): Promise<Board> {
  const { owner } = await newTenant();
  const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
  const deals = [];
  for (const n of [1, 2, 3, 4, 5]) deals.push(await newDeal(owner, { title: `Deal ${n}`, customerId }));
  const { stages } = await pipelineById(owner);
  const session = new Session(graphqlUrl(), newStorage());
  sessions.push(session);
  await session.signIn(owner.username, password);
  const moveElsewhere = async ({ id }: { id: string }, { id: stageId }: { id: string }) =>
    (await send<Stage>(owner, 'moveDealStage', { id, stageId })).version;
  return { owner, session, customerId, deals, stages, moveElsewhere };
}
