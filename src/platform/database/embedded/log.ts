import { closeSync, fchmodSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A file takes less than this many bytes. */
const mostBytes = 5_000_000;
const tailLength = 4_000;

/** A log of two files, the newer one and the older `.1`, which only their owner may read. */
export class BoundedLog {
  /** The last lines, for an error message. */
  tail = '';
  private file = 0;
  private bytes = 0;

  constructor(readonly path: string) {
    this.open();
  }

  write(text: string): void {
    this.tail = (this.tail + text).slice(-tailLength);
    try {
      const bytes = Buffer.byteLength(text);
      if (this.bytes + bytes > mostBytes) this.rotate();
      writeSync(this.file, text);
      this.bytes += bytes;
    } catch {
      // PostgreSQL goes on without a log if the disk is full; nothing else could take the message.
    }
  }

  /** Adds a line of our own, in the form of PostgreSQL's lines. */
  note(text: string): void {
    const time = new Date().toISOString().replace('T', ' ').replace('Z', ' UTC');
    this.write(`${time} [${process.pid}] KEEPER:  ${text}\n`);
  }

  private open(): void {
    this.file = openSync(this.path, 'a', 0o600);
    fchmodSync(this.file, 0o600);
    this.bytes = fstatSync(this.file).size;
  }

  private rotate(): void {
    renameSync(this.path, `${this.path}.1`);
    closeSync(this.file);
    this.open();
  }
}
