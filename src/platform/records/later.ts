const all = new Set<Later<object>>();

/**
 * A record that earlier features refer to, by the properties that they need of it. The later feature that has the record
 * says which class it is.
 */
export class Later<Entity extends object> {
  private known: (new () => Entity) | undefined;

  constructor(private readonly name: string) {
    all.add(this);
  }

  is(type: new () => Entity): void {
    if (this.known) throw new Error(`${this.name} is ${this.known.name} and cannot be ${type.name}, too`);
    this.known = type;
  }

  get type(): new () => Entity {
    return this.demand();
  }

  demand(): new () => Entity {
    if (!this.known) throw new Error(`No feature says which record ${this.name} is`);
    return this.known;
  }
}

/** Throws when a record that some feature refers to is missing. */
export function demandLaterRecords(): void {
  for (const record of all) record.demand();
}
