import { newCustomer } from './customers.js';
import { type Answer, sendHttp } from './http.js';
import { hold, waiting } from './locks.js';
import { anotherServer } from './server.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

/** Room for two requests, of which one organization takes one. */
const cramped = {
  MAX_IN_FLIGHT: '2',
  MAX_IN_FLIGHT_PER_ORGANIZATION: '1',
  MAX_IN_FLIGHT_PER_CALLER: '1',
  MAX_WAITING: '0',
};

export type Send = (person: Pick<Person, 'token'> | null, query: string, init?: RequestInit) => Promise<Answer>;

export const sender =
  (server: string): Send =>
  (person, query, init = {}) =>
    sendHttp(
      {
        body: JSON.stringify({ query }),
        ...init,
        headers: {
          'content-type': 'application/json',
          ...(person && { authorization: `Bearer ${person.token}` }),
          ...(init.headers as Record<string, string>),
        },
      },
      { server },
    );

export interface Busy {
  url: string;
  send: Send;
  tenant: Tenant;
  other: Tenant;
  /** The answer to the request that has the organization's place. */
  stuck: Promise<Answer>;
  /** Lets it go on. */
  letGo(): Promise<void>;
}

/** A server with a request of one organization that waits for a lock. */
export async function busyServer(settings: NodeJS.ProcessEnv = {}, init: RequestInit = {}): Promise<Busy> {
  const server = await anotherServer({ ...cramped, ...settings });
  const send = sender(server);
  const [tenant, other] = [await newTenant(), await newTenant()];
  const { id } = await newCustomer(tenant.owner);
  // From now on the server knows the token and the organization.
  await send(tenant.owner, '{ organization { id } }');
  const held = await hold('select from customers where id = $1', [id]);
  const stuck = send(tenant.owner, `mutation { updateCustomer(id: "${id}", input: { city: "Bern" }) { city } }`, init);
  await waiting(1);
  let done: Promise<void> | undefined;
  const letGo = () => {
    done ??= held.letGo();
    return done;
  };
  return { url: `${server}/graphql`, send, tenant, other, stuck, letGo };
}
