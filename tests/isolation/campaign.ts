import { comparable, strangeIn } from './answers.js';
import { fieldCount, generated, type Sent } from './generate.js';
import { Speaker } from './speaker.js';
import type { Change, State } from './state.js';
import type { World } from './world.js';

interface Finding {
  /** The other organization was changed, something of it was told, or an answer depends on its being there. */
  kind: 'changed' | 'leaked' | 'differs';
  detail: unknown;
  caller: string;
  organizationId?: string;
  query: string;
  variables: object;
}

interface Options {
  seed: number;
  /** Generated operations; each is sent again while the other organization does not exist. */
  operations: number;
}

const most = { queriesAtOnce: 6, findings: 20, inBoth: 30 };

/** Sends generated operations, and holds the other organization against them. */
export class Campaign {
  operations = 0;
  /** Operations without an error. */
  answered = 0;
  /** Mutations that changed something of the callers' organization. */
  changes = 0;
  readonly findings: Finding[] = [];
  readonly speaker: Speaker;
  /** Set while the other organization does not exist. */
  private away: { keepPeople: boolean } | null = null;

  constructor(
    private readonly world: World,
    private readonly state: State,
    server: string,
  ) {
    this.speaker = new Speaker(world, server);
  }

  async run({ seed, operations }: Options): Promise<void> {
    for (let n = 0; this.operations < operations && this.findings.length < most.findings; n += 1) {
      await this.speaker.renew();
      const rest = operations - this.operations;
      // Every second batch is that of the member of both, who meets other fields each time.
      const inBoth = n % 2 === 1;
      const first = seed * 61 + (inBoth ? n * most.inBoth : n * fieldCount);
      const count = Math.min(rest, inBoth ? most.inBoth : fieldCount);
      await this.batch(generated(this.world, { seed, first, count, inBoth }), inBoth);
    }
  }

  private async batch(batch: Sent[], inBoth: boolean): Promise<void> {
    const answers = await this.answersTo(batch);
    for (const [n, answer] of answers.entries()) {
      this.operations += 1;
      if (!answer.includes('{"errors":')) this.answered += 1;
      const strange = strangeIn(answer, batch[n]!, this.world);
      if (strange.length) this.find('leaked', strange, batch[n]!);
    }
    const differing = await this.differences(batch, answers, inBoth);
    if (!differing.length) return;
    // A busy machine may have refused something once.
    const again = differing.map(({ sent }) => sent);
    for (const { sent, detail } of await this.differences(again, await this.answersTo(again), inBoth))
      this.find('differs', detail, sent);
  }

  /** Operations that are answered otherwise while the other organization does not exist. */
  private async differences(batch: Sent[], answers: string[], inBoth: boolean) {
    // In the other organization, its member sees what is taken away.
    const isInside = ({ caller, organizationId }: Sent) => caller.isInBoth && organizationId === this.world.foreign.id;
    this.away = { keepPeople: inBoth };
    await this.state.removeForeign(this.away);
    const others = await this.answersTo(batch);
    this.away = null;
    await this.state.restore(await this.state.changed());
    return batch.flatMap((sent, n) => {
      const detail = [answers[n]!, others[n]!].map((answer) => comparable(answer, sent.operation, this.world));
      return detail[0] === detail[1] || isInside(sent) ? [] : [{ sent, detail }];
    });
  }

  /** Sends all queries, and then each mutation to the organizations as they were. */
  private async answersTo(batch: Sent[]): Promise<string[]> {
    await this.speaker.notice();
    const answers: string[] = [];
    const queries = [...batch.entries()].filter(([, { operation }]) => operation.root === 'Query');
    const sendNext = async (): Promise<void> => {
      for (let next = queries.shift(); next; next = queries.shift())
        answers[next[0]] = await this.speaker.send(next[1]);
    };
    await Promise.all(Array.from({ length: most.queriesAtOnce }, sendNext));
    for (const [n, sent] of batch.entries())
      if (sent.operation.root === 'Mutation') {
        answers[n] = await this.speaker.send(sent);
        await this.judge(sent, await this.state.changed());
      }
    return answers;
  }

  private async judge(sent: Sent, changes: Change[]): Promise<void> {
    const own = changes.filter(({ isForeign }) => !isForeign);
    if (this.away) {
      if (!own.length) return;
      await this.state.restore(own);
      return this.state.removeForeign(this.away);
    }
    if (own.length) this.changes += 1;
    const harmed = changes.filter((change) => change.isForeign && !this.mayChange(sent, change));
    if (harmed.length) this.find('changed', harmed, sent);
    return this.state.restore(changes);
  }

  /** A member of both may end the own membership in the other organization, and do more from there. */
  private mayChange({ caller, organizationId }: Sent, { table }: Change): boolean {
    return Boolean(caller.isInBoth) && (organizationId === this.world.foreign.id || table === 'memberships');
  }

  private find(kind: Finding['kind'], detail: unknown, { operation, caller, organizationId }: Sent): void {
    const { query, variables } = operation;
    this.findings.push({ kind, detail, caller: caller.name, organizationId, query, variables });
  }
}
