import { Args, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Class } from '../../platform/class.js';
import type { Context } from '../../platform/graphql/context.js';
import { either, type Rule } from '../../platform/permissions/rules.js';
import { Id, Nested } from '../../platform/records/decorators.js';
import { Arguments } from '../../platform/records/inputs.js';
import { recordOf } from '../../platform/records/record.js';
import { addActivity, addNote } from './activity.actions.js';
import { AddActivityInput, AddNoteInput } from './activity.inputs.js';
import { Activity } from './activity.js';
import type { Subject } from './subject.js';

/** The id of the subject, and the note or the activity. */
type EntryArguments<Input> = { [IdOfSubject in `${Subject}Id`]?: string } & { input: Input };

/** Arguments such as `(customerId, input)`. */
function entryArgs<Input>(on: Subject, input: Class, description: string): Class<EntryArguments<Input>> {
  const type: Class = class {};
  Id({ description: `Id of the ${on}.`, required: true })(type.prototype, `${on}Id`);
  Nested(() => input, { description, required: true })(type.prototype, 'input');
  Arguments()(type);
  return type;
}

/** Adds `addXNote` and `addXActivity`, which write to the timeline of a record. */
export function entriesOn(
  owner: Class,
  on: Subject,
  { note = AddNoteInput, activity = AddActivityInput }: { note?: Class; activity?: Class } = {},
): Class {
  const { name } = recordOf(owner);
  const NewNote = entryArgs<AddNoteInput>(on, note, 'The note to add.');
  const NewActivity = entryArgs<AddActivityInput>(on, activity, 'The activity to add.');

  @Resolver()
  class Entries {
    @Mutation(() => Activity, {
      name: `add${name}Note`,
      nullable: true,
      description: `Adds a note to the timeline of a ${on}; its title is the first line of the text.`,
    })
    async addNote(@Args(() => NewNote) args: EntryArguments<AddNoteInput>, @Ctx() { action }: Context) {
      return addNote(action, on, args[`${on}Id`]!, args.input);
    }

    @Mutation(() => Activity, {
      name: `add${name}Activity`,
      nullable: true,
      description: `Adds an activity, by default a note, to the timeline of a ${on}.`,
    })
    async addActivity(@Args(() => NewActivity) args: EntryArguments<AddActivityInput>, @Ctx() { action }: Context) {
      return addActivity(action, on, args[`${on}Id`]!, args.input);
    }
  }
  return Entries;
}

/** The rule of `addXNote` and `addXActivity`. */
export const writingTo: Record<Subject, Rule> = {
  customer: either('customer:update', 'activity:create'),
  lead: either('lead:update', 'activity:create'),
  deal: either('deal:update', 'activity:create'),
  vendor: either('vendor:update', 'activity:create'),
};
