import { ArrayType } from '@mikro-orm/core';

/**
 * A column of type `text[]`. Every text is quoted, as pg quotes them: the ORM itself quotes only some, so that the text
 * `null` becomes SQL's NULL, and as JSON does, whose escapes PostgreSQL does not know.
 */
export class TextList extends ArrayType<string> {
  override convertToDatabaseValue(texts: string[]): string {
    return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join()}}`;
  }
}
