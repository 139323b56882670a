import { ArgsType, Field, ID, Int } from 'type-graphql';
import type { Class } from '../class.js';

export interface IdArguments {
  id: string;
}

export interface VerbArguments extends IdArguments {
  expectedVersion?: number | null;
}

export interface ChangeArguments<Input> extends VerbArguments {
  input: Input;
}

type Member = { name: string; type: () => object; description: string; nullable?: boolean };

function argumentsWith<Shape>(members: Member[]): Class<Shape> {
  const type: Class = class {};
  for (const { name, type: of, description, nullable = false } of members)
    Field(of, { description, nullable })(type.prototype, name);
  ArgsType()(type);
  return type;
}

const id = (about: string): Member => ({ name: 'id', type: () => ID, description: about });

/** Describes `expectedVersion`. */
export const expectedVersion =
  'Version that you last read; if the stored one differs, nothing changes: VERSION_CONFLICT.';

const version: Member = {
  name: 'expectedVersion',
  type: () => Int,
  description: expectedVersion,
  nullable: true,
};

const input = (type: Class, description: string): Member => ({ name: 'input', type: () => type, description });

/** Argument `(id)` of a query. */
export const idArgs = (about: string) => argumentsWith<IdArguments>([id(about)]);

/** Arguments `(id, expectedVersion)` of a verb or a deletion. */
export const verbArgs = (about: string) => argumentsWith<VerbArguments>([id(about), version]);

/** Argument `(input)` of a creation. */
export const inputArgs = <Input>(type: Class, about: string) => argumentsWith<{ input: Input }>([input(type, about)]);

/** Arguments `(input, expectedVersion)` of a change to the viewer or the active organization. */
export const ownChangeArgs = <Input>(type: Class) =>
  argumentsWith<{ input: Input; expectedVersion?: number | null }>([input(type, 'The fields to change.'), version]);

/** Arguments `(id, input, expectedVersion)` of a change. */
export const changeArgs = <Input>(about: string, type: Class) =>
  argumentsWith<ChangeArguments<Input>>([id(about), input(type, 'The fields to change.'), version]);
