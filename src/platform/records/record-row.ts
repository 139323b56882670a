/**
 * A record as queries read it: plain data, never an entity. It has its id, and each other property that is selected.
 * Instants, days and decimals are texts, and a referenced record is a row as well.
 */
export type RecordRow<Entity> = { readonly id: string } & {
  readonly [Name in Exclude<keyof Entity, Methods<Entity> | 'id'>]?: ValueRead<Entity[Name]>;
};

type Methods<Entity> = {
  // biome-ignore lint/suspicious/noExplicitAny: methods of any signature
  [Name in keyof Entity]: Entity[Name] extends (...args: any[]) => unknown ? Name : never;
}[keyof Entity];

type ValueRead<Value> = Value extends Date ? string : Value extends { id: string } ? RecordRow<Value> : Value;
