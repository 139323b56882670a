import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { screenBody } from '../bench/documents.js';
import type { Subjects } from '../bench/screens/screen.js';
import { screensOf } from '../bench/screens.js';

const connections = 16;
const rows = 1000;
const tokenMilliseconds = 300_000;
const account = { username: 'soak.owner', password: 'correct-horse-battery' };

interface Sent {
  body: string;
  /** Whether an access token is sent. */
  isSignedIn: boolean;
  /** Whether the answer must have errors; undefined if it may. */
  fails?: boolean;
}

/**
 * The traffic of an organization with a thousand records of each kind: of ten requests, four ask for lists or details,
 * two for documents that nobody has sent before, which come twice, two change something, one is refused, and one comes
 * from a stranger.
 */
export class MixedTraffic {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: connections });
  private token = { text: '', until: 0 };
  private readonly screens: { operation: string; body: string }[];

  private constructor(
    /** Of the GraphQL endpoint. */
    private readonly url: string,
    private readonly subjects: Subjects,
    /** Distinguishes the documents of this traffic from those of others. */
    private readonly documents: number,
  ) {
    this.screens = screensOf(subjects)
      .filter(({ document }) => !document)
      .map(({ operation, variables }) => ({ operation, body: screenBody(operation, variables ?? {}) }));
  }

  /** Registers an organization at a server without accounts, and fills it. */
  static async open(url: string, documents: number): Promise<MixedTraffic> {
    const none = { organization: '', customer: '', deal: '', lead: '', vendor: '', activity: '' };
    const first = new MixedTraffic(url, none, documents);
    await first.demand(
      `mutation { register(input: { email: "owner@soak.example", username: "${account.username}",
        password: "${account.password}", organizationName: "Soak" }) { accessToken } }`,
    );
    return new MixedTraffic(url, await first.fill(), documents);
  }

  /** Sends the requests from one number to another, as many at once as there are connections. */
  async send(from: number, to: number): Promise<void> {
    let next = from;
    const sender = async () => {
      while (next < to) await this.sendOne(next++);
    };
    await this.refreshToken();
    await Promise.all(Array.from({ length: connections }, sender));
  }

  close(): void {
    this.agent.destroy();
  }

  private async sendOne(n: number): Promise<void> {
    const { body, isSignedIn, fails } = this.request(n);
    let answer = await this.exchange(body, isSignedIn);
    for (; isPassing.test(answer); answer = await this.exchange(body, isSignedIn)) await pause(500);
    if (fails !== undefined && answer.includes('"errors":') !== fails)
      throw new Error(`Request ${n}, ${body.slice(0, 300)}, was answered ${answer.slice(0, 300)}`);
  }

  private request(n: number): Sent {
    const turn = Math.floor(n / 10);
    const kind = n % 10;
    const screen = this.screens[n % this.screens.length]!;
    if (kind < 4) return { body: screen.body, isSignedIn: true, fails: false };
    if (kind < 6) return { body: this.newDocument(turn % this.documents), isSignedIn: true, fails: false };
    if (kind < 8) return { body: this.mutation(n), isSignedIn: true, fails: false };
    if (kind < 9) return { body: this.refused(turn), isSignedIn: true, fails: true };
    return { body: stranger(turn), isSignedIn: false };
  }

  /** A screen's document under a name of its own, or a list of other columns. */
  private newDocument(number: number): string {
    if (number % 2) return listOf(columns.filter((_, bit) => (number >> bit) & 1));
    const { operation, body } = this.screens[number % this.screens.length]!;
    return body.replaceAll(new RegExp(`\\b${operation}\\b`, 'g'), `${operation}${number}`);
  }

  private mutation(n: number): string {
    const { customer, deal, lead } = this.subjects;
    const documents = [
      `mutation Rename($id: ID!, $name: String) { updateCustomer(id: $id, input: { name: $name }) { id version } }`,
      `mutation Note($name: String) {
        createActivity(input: { activityType: CALL, title: $name, dealId: "${deal}" }) { id }
      }`,
      `mutation Score($id: ID!, $name: String) { updateLead(id: $id, input: { name: $name }) { id } }`,
      `mutation Add($name: String!, $email: String!) {
        createCustomer(input: { name: $name, email: $email }) { id code }
      }`,
    ];
    const turn = n % documents.length;
    const variables = { id: turn === 2 ? lead : customer, name: `Name ${n}`, email: `new${n}@soak.example` };
    return JSON.stringify({ query: documents[turn], variables });
  }

  private refused(turn: number): string {
    const queries = [
      '{ customers { nodes { nothing } } }',
      `mutation { updateCustomer(id: "${this.subjects.deal}", input: { name: "X" }) { id } }`,
      `mutation { createCustomer(input: { name: "", email: "no address ${turn}" }) { id } }`,
      `{ customers(first: ${1000 + turn}) { nodes { id } } }`,
      `{ ${'a'.repeat(turn % 50)} `,
    ];
    return JSON.stringify({ query: queries[turn % queries.length] });
  }

  private async fill(): Promise<Subjects> {
    await this.refreshToken();
    const each = (input: (n: number) => object) => Array.from({ length: rows }, (_, n) => ({ input: input(n) }));
    const created = async (noun: string, type: string, list: object[]): Promise<string> => {
      const query = `mutation ($rows: [${type}!]!) { result: ${noun}(rows: $rows) { results { id } } }`;
      const { result } = await this.demand<{ result: { results: { id: string }[] } }>(query, { rows: list });
      return result.results[0]!.id;
    };
    const customer = await created(
      'createCustomers',
      'CreateCustomerRow',
      each((n) => person(n)),
    );
    const lead = await created(
      'createLeads',
      'CreateLeadRow',
      each((n) => person(n)),
    );
    const deal = await created(
      'createDeals',
      'CreateDealRow',
      each((n) => ({ title: `Deal ${n}`, customerId: customer, value: `${n}.50` })),
    );
    const activity = await created(
      'createActivities',
      'CreateActivityRow',
      each((n) => ({ activityType: 'CALL', title: `Call ${n}`, customerId: customer })),
    );
    const vendor = await created(
      'createVendors',
      'CreateVendorRow',
      each((n) => person(n)),
    );
    const { organization } = await this.demand<{ organization: { id: string } }>('{ organization { id } }');
    return { organization: organization.id, customer, lead, deal, activity, vendor };
  }

  private async refreshToken(): Promise<void> {
    if (Date.now() < this.token.until) return;
    const { login } = await this.demand<{ login: { accessToken: string } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
      { input: account },
    );
    this.token = { text: login.accessToken, until: Date.now() + tokenMilliseconds };
  }

  private async demand<Data>(query: string, variables = {}): Promise<Data> {
    const answer = JSON.parse(await this.exchange(JSON.stringify({ query, variables }), this.token.text !== ''));
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data;
  }

  private exchange(body: string, isSignedIn: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        ...(isSignedIn && { authorization: `Bearer ${this.token.text}` }),
      };
      const sent = httpRequest(this.url, { agent: this.agent, method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => resolve(text));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

const columns =
  'id name code email phone status companyName customerType city country tags createdAt version street'.split(' ');
const listOf = (names: string[]) =>
  JSON.stringify({ query: `{ customers(first: 25) { nodes { ${names.join(' ')} } } }` });

/** A refusal that says to come back. */
const isPassing = /"extensions":\{"code":"(OVERLOADED|TIMEOUT|RATE_LIMITED)"/;

const person = (n: number) => ({ name: `Person ${n}`, email: `person${n}@soak.example` });

function stranger(turn: number): string {
  const queries = [
    '{ errorCodes { code description } }',
    '{ customers { nodes { id } } }',
    'mutation { __typename }',
    'mutation { createCustomer(input: { name: "X", email: "x@soak.example" }) { id } }',
  ];
  return JSON.stringify({ query: queries[turn % queries.length] });
}

/** Memory of a process, Linux only. */
export function residentMegabytes(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kilobytes) / 1024);
}
