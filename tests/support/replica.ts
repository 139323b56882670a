import type { Change } from './log.js';

/** A customer, as a reader of the log knows it. */
export interface Copied {
  name: string;
  email: string;
  status: string;
  version: number;
}

const copied = ['name', 'email', 'status'] as const;

/**
 * A copy of the customers that is kept by the feed. It notes a fault for every change that does not fit the copy: one
 * that was lost, doubled or out of order leaves another version or other values.
 */
export class Replica {
  readonly seen: string[] = [];
  readonly faults: string[] = [];

  constructor(readonly rows = new Map<string, Copied>()) {}

  apply(change: Change): void {
    const { id, recordId, action, version, fields } = change;
    const present = this.rows.get(recordId);
    const before = (name: string) => fields.find((field) => field.name === name);
    const fault = (sentence: string) => this.faults.push(`${action} ${recordId} version ${version}: ${sentence}`);
    this.seen.push(id);
    if (action === 'ERASED') return;
    if (action === 'CREATED' ? present : !present) return void fault(present ? 'is there already' : 'is not there');
    const expected = { CREATED: 1, UPDATED: present ? present.version + 1 : 0, DELETED: present?.version }[action];
    if (version !== expected) fault(`the copy has version ${present?.version}`);
    for (const name of copied)
      if (present && before(name) && before(name)!.before !== present[name]) fault(`${name} is ${present[name]}`);
    if (action === 'DELETED') return void this.rows.delete(recordId);
    const values = copied.map((name) => [name, before(name) ? before(name)!.after : present?.[name]]);
    this.rows.set(recordId, { ...(Object.fromEntries(values) as Omit<Copied, 'version'>), version: version! });
  }
}
