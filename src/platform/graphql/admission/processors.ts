import { cpus } from 'node:os';

/** Watches how busy the machine's processors are with all that runs on it, the database included. */
export class Processors {
  private before = times();

  /** The share of the time since the last call in which they were busy, 0–1. Work of a low priority counts as idle. */
  busy(): number {
    const now = times();
    const [busy, all] = [now.busy - this.before.busy, now.all - this.before.all];
    this.before = now;
    return all > 0 ? busy / all : 0;
  }
}

/** Milliseconds since the machine was started, of all processors together. */
function times(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const { user, sys, irq, nice, idle } = times;
    busy += user + sys + irq;
    all += user + sys + irq + nice + idle;
  }
  return { busy, all };
}
