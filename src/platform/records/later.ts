const all = new Set<Later<object>>();

/**
 * A reference to a record of a later feature, by the properties that earlier features need of it. The later feature
 * registers its class.
 */
export class Later<Entity extends object> {
  private known: (new () => Entity) | undefined;

  constructor(private readonly name: string) {
    all.add(this);
  }

  is(type: new () => Entity): void {
    if (this.known) throw new Error(`${this.name} is ${this.known.name} already and cannot be ${type.name}`);
    this.known = type;
  }

  get type(): new () => Entity {
    return this.demand();
  }

  demand(): new () => Entity {
    if (!this.known) throw new Error(`No feature registers the record ${this.name}`);
    return this.known;
  }
}

/** Throws if no feature has registered a record that another feature refers to. */
export function demandLaterRecords(): void {
  for (const record of all) record.demand();
}
