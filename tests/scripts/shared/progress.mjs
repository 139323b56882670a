const width = 30;
/** Between two lines where nobody watches, in milliseconds. */
const pause = 10_000;

let last = Date.now();

/** How far a run is: a bar at a terminal, a line now and then in a log. */
export function progress(done, all) {
  if (process.stderr.isTTY) {
    const filled = Math.round((width * done) / all);
    const bar = `${'#'.repeat(filled)}${'.'.repeat(width - filled)}`;
    process.stderr.write(`\r[${bar}] ${done}/${all}${done === all ? '\n' : ''}`);
  } else if (Date.now() - last > pause) {
    last = Date.now();
    process.stderr.write(`${done} of ${all} rows\n`);
  }
}
