import { createHash, randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { gql } from 'graphql-request';
import { Checkpoint } from './checkpoint.mjs';
import { readCell } from './columns.mjs';
import { Failure, notice, Usage } from './command.mjs';
import { progress } from './progress.mjs';
import { RefusedRows } from './refused-rows.mjs';

const Upsert = gql`
  mutation UpsertCustomers($rows: [UpsertCustomerRow!]!) {
    upsertCustomers(rows: $rows, mode: PER_ROW) {
      summary { created updated unchanged }
      results(status: [FAILED]) { index errors { path message } }
    }
  }
`;

/** Bytes a call: the server takes bodies of 4 MB. */
const largestBatch = 3_000_000;

/** The rows of a file on their way to the API, batch by batch. */
export class Load {
  constructor({ api, csv, columns, fields, values, batchSize }) {
    Object.assign(this, { api, csv, columns, fields, batchSize, by: values.by });
    Object.assign(this, { isDecimalComma: values['decimal-comma'], isRehearsal: values['dry-run'] });
    this.journalPath = values.journal ?? `${csv.path}.journal`;
    this.refusedPath = values.refused;
  }

  async run() {
    const { rows, hash } = await this.csv.survey();
    await this.#begin(rows, hash);
    try {
      await this.#sendAll();
    } catch (error) {
      const { done } = this.state;
      if (done) error.message += `; ${done} of ${rows} rows are done, and the same command goes on behind them`;
      throw error;
    } finally {
      await this.refused.close();
    }
    await this.journal.clear();
    return this.#tell();
  }

  /** Takes up the run that was interrupted if it was about the same bytes, place and options, else begins a new one. */
  async #begin(rows, hash) {
    const { api, columns, by, isDecimalComma, csv } = this;
    this.rows = rows;
    this.journal = new Checkpoint(this.journalPath, [hash, api.identity, columns, by, isDecimalComma, csv.encoding]);
    const known = this.isRehearsal ? null : await this.journal.load();
    if (known === 'other')
      throw new Usage(
        `${this.journalPath} is the progress of another run, of another content or with other options: finish that ` +
          'one, name another file by --journal, or delete it',
      );
    const isTakenUp = known && isIntact(known.file);
    const fresh = { run: randomUUID(), done: 0, created: 0, updated: 0, unchanged: 0, refused: 0, file: {} };
    this.state = isTakenUp ? known : { ...fresh, file: { path: this.refusedPath } };
    if (isTakenUp) notice(`Goes on behind row ${this.state.done} of ${rows}.`);
    else if (this.refusedPath && existsSync(this.refusedPath))
      throw new Usage(`${this.refusedPath} exists already; move it away, or name another file by --refused`);
    this.refused = new RefusedRows(csv, this.state.file);
    await this.#save();
  }

  /** Sends one batch after the other, and reads the next one meanwhile. */
  async #sendAll() {
    let sending = null;
    try {
      for await (const batch of this.#batches()) {
        await sending;
        sending = this.#send(batch);
        // It is thrown where the batch is awaited.
        sending.catch(() => undefined);
        // The request leaves before the next rows are parsed.
        await turn();
      }
    } finally {
      await sending;
    }
  }

  async *#batches() {
    // As it was at the start: `#send` moves it on while the next batch is read.
    const { done } = this.state;
    let [batch, size, place] = [[], 0, 0];
    for await (const row of this.csv.rows()) {
      place += 1;
      if (place <= done) continue;
      const entry = { ...row, ...this.#rowOf(row.cells) };
      if (batch.length === this.batchSize || (batch.length && size + entry.size > largestBatch)) {
        yield batch;
        [batch, size] = [[], 0];
      }
      batch.push(entry);
      size += entry.size;
    }
    if (batch.length) yield batch;
  }

  /** The row as the API wants it, or all that is wrong with it. */
  #rowOf(cells) {
    const { columns, by } = this;
    const faults = [];
    const input = {};
    if (cells.length < columns.length || cells.slice(columns.length).some(Boolean))
      faults.push({ reason: `has ${cells.length} cells, and the header has ${columns.length}` });
    for (const [place, name] of columns.entries()) {
      const cell = cells[place] ?? '';
      if (cell === '') continue;
      if (!this.csv.header[place].trim())
        faults.push({ reason: `has a value in column ${place + 1}, which has no name` });
      if (!name) continue;
      try {
        input[name] = readCell(cell, this.fields.get(name), this.isDecimalComma);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        faults.push({ name, reason: error.message });
      }
    }
    const { [by]: key, ...rest } = input;
    if (!key) faults.push({ name: by, reason: 'is empty, and customers are known by it' });
    if (faults.length) return { size: 0, faults };
    const row = { by: { [by]: key }, input: rest };
    return { size: Buffer.byteLength(JSON.stringify(row)), row };
  }

  async #send(batch) {
    const { state } = this;
    const sent = batch.filter(({ row }) => row);
    const rows = sent.map(({ row }) => row);
    const { summary, results } = rows.length ? await this.#upsert(rows) : { summary: {}, results: [] };
    for (const { index, errors } of results) sent[index].faults = errors.map(faultOf);
    const faulty = batch.filter(({ faults }) => faults);
    if (faulty.length) await this.#keep(faulty.map(this.#told, this));
    for (const name of ['created', 'updated', 'unchanged']) state[name] += summary[name] ?? 0;
    state.refused += faulty.length;
    state.done += batch.length;
    // Until this is on the disk, the batch counts as not done: a run that is killed earlier sends it again.
    await this.#save();
    progress(state.done, this.rows);
  }

  async #keep(rows) {
    if (!this.refused.size) {
      await this.refused.begin();
      // A run that is killed from here on knows the file for its own.
      await this.#save();
    }
    await this.refused.add(rows);
  }

  async #save() {
    const { path, size } = this.refused;
    this.state.file = { path, size };
    if (!this.isRehearsal) await this.journal.save(this.state);
  }

  /** The key is that of this run: the same rows sent by another run are meant to be written again. */
  async #upsert(rows) {
    const key = createHash('sha256')
      .update(JSON.stringify([this.state.run, this.state.done, rows]))
      .digest('hex');
    const headers = this.isRehearsal ? { 'X-Dry-Run': 'true' } : { 'Idempotency-Key': key };
    const { upsertCustomers } = await this.api.send(Upsert, { rows }, headers);
    return upsertCustomers;
  }

  #told({ line, cells, faults }) {
    const named = faults.map(({ name, reason }) => [this.csv.header[this.columns.indexOf(name)] ?? '', reason]);
    const [[column, reason], ...others] = named;
    if (!others.length) return { line, cells, column, reason };
    const reasons = named.map(([title, text]) => (title ? `${title}: ${text}` : text));
    const titles = new Set(named.map(([title]) => title).filter(Boolean));
    return { line, cells, column: [...titles].join(' | '), reason: reasons.join(' | ') };
  }

  #tell() {
    const { created, updated, unchanged, refused } = this.state;
    console.log(JSON.stringify({ created, updated, unchanged, refused, ...(this.isRehearsal && { dryRun: true }) }));
    if (!refused) return 0;
    notice(`${refused} of ${this.rows} rows were refused; correct them in ${this.refused.path} and send that file.`);
    return 3;
  }
}

/** True if the rows that were refused before an interruption are still there. */
function isIntact({ path, size }) {
  if (!size || statSync(path, { throwIfNoEntry: false })?.size >= size) return true;
  notice(`${path} is gone or was changed; begins with the first row.`);
  return false;
}

/** The field comes from the path, e.g. input.email or by.externalId; what it says already need not be said again. */
function faultOf({ path, message }) {
  const name = path?.split('.')[1];
  return { name, reason: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message };
}
