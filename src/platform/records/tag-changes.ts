import { BadInput, type Refusal } from '../errors.js';
import { Tags } from './decorators.js';
import type { InputFault } from './inputs.js';

/** Fields of an update that change single tags, without the whole list. */
export class TagChanges {
  @Tags({ description: 'Tags to add; existing ones stay. Cannot be combined with `tags`.' })
  addTags?: string[];

  @Tags({ description: 'Tags to remove, before `addTags` are added. Cannot be combined with `tags`.' })
  removeTags?: string[];
}

const mostTags = 20;
const changes = ['addTags', 'removeTags'] as const;

interface TagInput extends TagChanges {
  tags?: string[];
}

/** Refuses `tags` together with changes to it. */
export const tagRule = (input: TagInput): InputFault[] =>
  changes
    .filter((name) => input.tags && input[name])
    .map((path) => ({ path, code: 'NOT_ALLOWED', message: 'cannot be combined with tags' }));

/** The input with the resulting `tags` instead of changes to them. */
export function tagged<Input extends TagInput>(
  record: { tags: string[] },
  { addTags, removeTags, ...input }: Input,
): Omit<Input, keyof TagChanges> {
  if (!addTags && !removeTags) return input;
  const kept = record.tags.filter((tag) => !removeTags?.includes(tag));
  return { ...input, tags: [...new Set([...kept, ...(addTags ?? [])])] };
}

/** Refuses with TOO_LONG if the record would have too many tags. */
export const tagsRefused = (record: { tags: string[] }, input: TagInput): Refusal =>
  input.addTags &&
  (tagged(record, input) as TagInput).tags!.length > mostTags &&
  new BadInput([{ path: 'input.addTags', code: 'TOO_LONG', message: `would make more than ${mostTags} tags` }]);
