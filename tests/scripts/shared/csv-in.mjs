import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { notice, Usage, withFile } from './command.mjs';

const separators = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' };
/** In one file they may differ, since lines are added by hand. */
const lineEnds = ['\r\n', '\n', '\r'];
const lineEnd = /\r\n|\n|\r/g;
/** In characters. A longer row is one whose quote is never closed. */
const longestRow = 1_000_000;

const marks = {
  'utf-8': Buffer.from('efbbbf', 'hex'),
  'utf-16le': Buffer.from('fffe', 'hex'),
  'utf-16be': Buffer.from('feff', 'hex'),
};

const countLineEnds = (text) => text.match(lineEnd)?.length ?? 0;

/** A CSV file that is read as a stream, as often as needed: its form is found out first, and nothing is guessed. */
export class CsvFile {
  /** Throws if there is no such file, before anybody signs in. */
  static check(path) {
    return withFile(path, headOf, Usage);
  }

  /** `isKnown` tells which names of columns make sense, and so which separator is the right one. */
  static async open(path, encoding, isKnown) {
    const head = await CsvFile.check(path);
    const file = new CsvFile();
    const marked = encodingOf(head);
    Object.assign(file, { path, encoding: encoding ? checkEncoding(encoding) : (marked ?? 'utf-8') });
    if (marked && file.encoding !== marked)
      throw new Usage(`${path} begins with the byte order mark of ${marked.toUpperCase()}; leave --encoding out`);
    if (!encoding && file.encoding !== 'utf-8') notice(`${path} is read as ${file.encoding.toUpperCase()}.`);
    let start = '';
    for await (const text of file.#texts()) {
      start += text;
      if (start.length > 65_536) break;
    }
    const [, told] = /^"?sep=([^"])"?(?:\r\n|\n|\r)/i.exec(start) ?? [];
    // Excel writes its separator into a line of its own.
    file.skipped = told ? 1 : 0;
    file.#readHeader(start, told ? [told] : Object.keys(separators), isKnown);
    return file;
  }

  #readHeader(start, candidates, isKnown) {
    if (!start.trim()) throw new Usage(`${this.path} is empty`);
    const headers = candidates.map((separator) => ({ separator, names: this.#headerIn(start, separator) }));
    const known = ({ names }) => names.filter(isKnown).length;
    headers.sort((one, other) => known(other) - known(one) || other.names.length - one.names.length);
    Object.assign(this, { separator: headers[0].separator, header: headers[0].names });
  }

  #headerIn(start, separator) {
    try {
      const records = parseNow(start, { ...this.#form(separator), to: 1 + this.skipped });
      return records[this.skipped] ?? [];
    } catch (error) {
      if (!error.code?.includes('QUOTE')) throw error;
      return [];
    }
  }

  #form(separator) {
    const tolerant = { relax_column_count: true, record_delimiter: lineEnds };
    return { delimiter: separator, max_record_size: longestRow, ...tolerant };
  }

  /** Reads all of it, so that a broken file is refused before a row is sent; answers rows and hash. */
  async survey() {
    let rows = 0;
    for await (const _ of this.rows()) rows += 1;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(this.path)) hash.update(chunk);
    return { rows, hash: hash.digest('hex') };
  }

  /** The rows below the header that are not blank, each with the number of its first line. */
  async *rows() {
    let line = 1;
    let place = 0;
    // Counted while parsing: an error comes before the rows in front of it were taken.
    const numbered = (cells) => {
      const row = { line, cells };
      line += 1 + cells.reduce((sum, cell) => sum + countLineEnds(cell), 0);
      place += 1;
      return place <= this.skipped + 1 || cells.every((cell) => cell === '') ? null : row;
    };
    const parser = parse({ ...this.#form(this.separator), on_record: numbered });
    const source = Readable.from(this.#texts()).on('error', (error) => parser.destroy(error));
    try {
      yield* source.pipe(parser);
    } catch (error) {
      throw this.#brokenAt(line, error);
    }
  }

  #brokenAt(line, error) {
    if (error.code === 'CSV_MAX_RECORD_SIZE')
      return new Usage(`${this.path}, row from line ${line} on: longer than 1 MB; is a quote never closed?`);
    if (error.code === 'CSV_QUOTE_NOT_CLOSED')
      return new Usage(`${this.path}, row from line ${line} on: a quote is opened and never closed`);
    if (!error.code?.includes('QUOTE')) return error;
    return new Usage(
      `${this.path}, row from line ${line} on: a quote stands inside a cell; write it twice, and the cell in quotes`,
    );
  }

  /** The text, piece by piece, without a byte order mark. */
  async *#texts() {
    const decoder = new TextDecoder(this.encoding, { fatal: true });
    let line = 1;
    const checked = (text) => {
      const place = text.indexOf('\0');
      if (place >= 0) throw this.#unreadable(line + countLineEnds(text.slice(0, place)));
      line += text.split('\n').length - 1;
      return text;
    };
    const decode = (...input) => {
      try {
        return decoder.decode(...input);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        const [before] = input.length ? new TextDecoder(this.encoding).decode(input[0]).split('\ufffd') : [''];
        throw this.#unreadable(line + before.split('\n').length - 1);
      }
    };
    for await (const chunk of createReadStream(this.path)) {
      const text = checked(decode(chunk, { stream: true }));
      if (text) yield text;
    }
    decode();
  }

  #unreadable(line) {
    const hint = 'save it as UTF-8, or name its encoding, such as --encoding windows-1252 or --encoding utf-16le';
    return new Usage(`${this.path} is not ${this.encoding.toUpperCase()}, as line ${line} shows; ${hint}`);
  }
}

async function headOf(path) {
  const handle = await open(path);
  try {
    if (!(await handle.stat()).isFile()) throw new Usage(`${path} is no file; it is read more than once`);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The encoding that a byte order mark tells, if there is one. */
function encodingOf(head) {
  return Object.keys(marks).find((encoding) => head.subarray(0, marks[encoding].length).equals(marks[encoding]));
}

function checkEncoding(encoding) {
  try {
    return new TextDecoder(encoding).encoding;
  } catch {
    throw new Usage(`"${encoding}" is no encoding; utf-8, utf-16le, utf-16be, windows-1252 and iso-8859-15 are`);
  }
}
