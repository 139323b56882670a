import type { GraphQLObjectType } from 'graphql';

/** A part of the API, with the names of the root fields that belong to it. */
export type Chapter = readonly [name: string, fields: RegExp];

/** The chapter of a root field: the last one whose names match, or undefined. */
export const chapterOf = (chapters: readonly Chapter[], field: string): Chapter | undefined =>
  chapters.findLast(([, names]) => names.test(field));

/** Sorts the fields of a root type by chapters. Within one, they keep their order, but look-ups `xBy` come last. */
export function sortByChapters(root: GraphQLObjectType, chapters: readonly Chapter[]): void {
  const fields = root.getFields();
  const place = (name: string) => 2 * chapters.indexOf(chapterOf(chapters, name)!) + Number(name.endsWith('By'));
  const sorted = Object.entries(fields).sort(([one], [other]) => place(one) - place(other));
  for (const [name, field] of sorted) {
    delete fields[name];
    fields[name] = field;
  }
}
