import { ArrayType } from '@mikro-orm/core';

/**
 * A column of type `text[]`. Every text is quoted, as pg does. The ORM quotes only some texts, so that the text `null`
 * would become SQL's NULL, and it quotes as JSON does, whose escapes PostgreSQL does not understand.
 */
export class TextList extends ArrayType<string> {
  override convertToDatabaseValue(texts: string[]): string {
    return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join()}}`;
  }
}
