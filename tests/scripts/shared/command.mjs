import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

/** Ends a script: one sentence for people, an exit code for programs. */
export class Failure extends Error {
  constructor(sentence, exitCode = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

/** The command line, the environment or the file is wrong, and nothing was sent. */
export class Usage extends Failure {
  constructor(sentence) {
    super(sentence, 2);
  }
}

/**
 * Runs a script. `main` gets its operands and options and answers the exit code, 0 unless it says another one. A
 * failure is one sentence on stderr, without a stack: the errors of libraries carry what was sent, passwords and rows
 * included.
 */
export async function run({ name, help, options = {}, operands }, main) {
  // The reader of a pipe may have seen enough, as `head` has.
  process.stdout.on('error', ({ code }) => {
    process.exit(code === 'EPIPE' ? 1 : report(name, `The output broke: ${code}`));
  });
  try {
    const { values, positionals } = readArguments(options);
    if (values.help) process.stdout.write(help);
    else process.exitCode = (await main(checkOperands(positionals, operands), values)) ?? 0;
  } catch (error) {
    process.exitCode = report(name, error instanceof Failure ? error.message : placeOf(error), error.exitCode);
  }
}

/** A mistake of the script itself, by its place: its message may hold anything. */
function placeOf({ name, code, stack = '' }) {
  const [place = 'an unknown place'] = /[\w-]+\.m?js:\d+/.exec(stack) ?? [];
  return `Unexpected ${code ?? name} at ${place}`;
}

function report(name, message, exitCode = 1) {
  notice(`${name}: ${message.replace(/\s+/g, ' ')}`);
  return exitCode;
}

function readArguments(options) {
  try {
    return parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
  } catch ({ message }) {
    throw new Usage(`${message.split('. ')[0]}; --help tells those that there are`);
  }
}

function checkOperands(given, names) {
  if (given.length < names.length)
    throw new Usage(`${names[given.length]} is missing; --help tells how the script is called`);
  if (given.length > names.length) throw new Usage(`"${given[names.length]}" is one operand too many`);
  return given;
}

/** The number in an option that counts something. */
export function readCount(text, option, most) {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw new Usage(`--${option} must be a number from 1 to ${most}`);
}

/** A line on stderr, in the place of a progress bar where there is one. */
export const notice = (text) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${text}\n`);

const fileFaults = {
  ENOENT: 'does not exist',
  EACCES: 'may not be opened',
  EPERM: 'may not be opened',
  EISDIR: 'is a folder',
  EEXIST: 'exists already',
  ENOTDIR: 'lies in something that is no folder',
  ENOSPC: 'does not fit on the disk any more',
  EROFS: 'lies on a disk that may not be written',
};

/** Does something with a file; tells what goes wrong by the name of the file. */
export async function withFile(file, act, Fault = Failure) {
  try {
    return await act(file);
  } catch (error) {
    if (!error.code || !error.syscall) throw error;
    throw new Fault(`${file} ${fileFaults[error.code] ?? `cannot be used (${error.code})`}`);
  }
}

/** Refuses an option that names a file in a folder that is not there. */
export function checkFolderOf(path, option) {
  if (path !== undefined && !statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory())
    throw new Usage(`--${option} names a file in ${dirname(path)}, which is no folder`);
}

/** Takes a file that is not there for an answer. */
export function nullIfMissing(error) {
  if (error.code === 'ENOENT') return null;
  throw error;
}
