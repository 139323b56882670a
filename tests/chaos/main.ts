import 'reflect-metadata';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.js';
import { Stage } from './stage.js';

const help = `Breaks servers, PostgreSQL and the network between them while callers write and read, and compares
what the callers were told with what is stored.

  npm run chaos                   every fault many times
  npm run chaos -- --quick        every fault a few times, in two to five minutes
  npm run chaos -- --only TEXT    only the faults whose name contains the text`;

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});

/** Milliseconds by which a machine with room for the test is late. */
const tolerable = 250;

async function run(): Promise<boolean> {
  let isKept = true;
  for (const { name, promises, rounds, open, run } of scenarios) {
    if (options.only && !name.includes(options.only)) continue;
    const stage = await (open ?? Stage.open)();
    if (!stage) {
      console.log(`not run ${name}: this user may not make a small disk`);
      continue;
    }
    const count = rounds[options.quick ? 0 : 1];
    const began = performance.now();
    const lateness = monitorEventLoopDelay();
    lateness.enable();
    const { faults, answers, slowest } = await run(stage, count).finally(() => stage.close());
    const seconds = Math.round((performance.now() - began) / 1000);
    const told = [...answers].map(([code, number]) => `${number} ${code}`).join(', ');
    console.log(
      `${faults.length ? 'BROKEN' : 'kept  '} ${promises.padEnd(6)} ${name} × ${count} (${seconds} s): ${told}`,
    );
    if (slowest) console.log(`       Writes went on after at most ${Math.round(slowest)} ms`);
    for (const fault of new Set(faults)) {
      const times = faults.filter((other) => other === fault).length;
      console.log(`       ${times} × ${fault}`);
    }
    const late = Math.round(lateness.max / 1e6);
    if (late > tolerable) console.log(`       This machine is busy: the callers themselves were up to ${late} ms late`);
    isKept &&= faults.length === 0;
  }
  return isKept;
}

if (options.help) console.log(help);
else process.exitCode = (await run()) ? 0 : 1;
