import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Callers who send requests at their own pace, whether or not the earlier ones are answered. */
export interface Crowd {
  url: string;
  /** The headers of each caller; the callers take turns. */
  callers: Record<string, string>[];
  bodies: string[];
  /** At most; all of them are open before the first request, as those of a balancer are. */
  connections: number;
  /** Requests a second of all together; missing, each connection sends the next one at once. */
  rate?: number | undefined;
  seconds: number;
}

/** Answers with data, and those refused with 503: how many a second, and after how many milliseconds. */
export interface Fates {
  good: Fate;
  shed: Fate;
  /** Answers with 503 that do not say when to come back. */
  mute: number;
  /** All other answers, and requests for which no connection was free. */
  failed: number;
}

interface Fate {
  perSecond: number;
  p50: number;
  p99: number;
}

interface Answer {
  status: number;
  isMute: boolean;
  hasErrors: boolean;
}

/** A connection, with little work for each answer: the server under load is on the same machine. */
async function openLine(host: string, port: number): Promise<(request: Buffer) => Promise<Answer>> {
  const socket = connect({ host, port, noDelay: true });
  let parts: Buffer[] = [];
  let missing: number | null = null;
  let head = '';
  let onAnswer: (answer: Answer) => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    parts.push(chunk);
    if (missing === null) {
      const all = Buffer.concat(parts);
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) return;
      head = all.toString('latin1', 0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)![1]);
      missing = end + 4 + length - all.length;
      parts = [all.subarray(end + 4)];
    } else missing -= chunk.length;
    if (missing > 0) return;
    const answer = {
      status: Number(head.slice(9, 12)),
      isMute: !/retry-after/i.test(head),
      hasErrors: Buffer.concat(parts).includes('"errors":['),
    };
    [parts, missing] = [[], null];
    onAnswer(answer);
  });
  const ask = (request: Buffer) =>
    new Promise<Answer>((answered) => {
      onAnswer = answered;
      socket.write(request);
    });
  // The server accepts a connection some time after the operating system has.
  await ask(Buffer.from(`GET /health/live HTTP/1.1\r\nhost: ${host}\r\n\r\n`));
  return ask;
}

/** Milliseconds until the next request of many independent callers. */
const gap = (rate: number): number => (-Math.log(1 - Math.random()) * 1000) / rate;

async function send({ url, callers, bodies, connections, rate, seconds }: Crowd): Promise<Fates> {
  const { hostname, port, pathname, host } = new URL(url);
  const requests = callers.flatMap((headers) =>
    bodies.map((body) => {
      const sent = { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers };
      const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
      return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
    }),
  );
  // A step that shares no factor with their number visits all requests, callers and bodies mixed.
  let place = 0;
  const next = () => {
    place = (place + 7919) % requests.length;
    return requests[place]!;
  };

  const times = { good: [] as number[], shed: [] as number[] };
  let [mute, failed] = [0, 0];
  const lines = await Promise.all(Array.from({ length: connections }, () => openLine(hostname, Number(port))));
  const begun = performance.now();
  const end = begun + seconds * 1000;
  const askOnce = async (line: (typeof lines)[0]) => {
    const sent = performance.now();
    const { status, isMute, hasErrors } = await line(next());
    const fate = status === 503 ? times.shed : status === 200 && !hasErrors ? times.good : null;
    if (!fate) failed += 1;
    fate?.push(performance.now() - sent);
    if (status === 503 && isMute) mute += 1;
    lines.push(line);
  };
  if (!rate)
    await Promise.all(
      lines.splice(0).map(async (line) => {
        while (performance.now() < end) await askOnce(line);
      }),
    );
  for (let due = 0; rate && performance.now() < end; await pause(1)) {
    for (const elapsed = performance.now() - begun; due <= elapsed; due += gap(rate)) {
      const line = lines.pop();
      if (line) void askOnce(line);
      else failed += 1;
    }
  }
  const fateOf = (found: number[]): Fate => {
    const sorted = found.toSorted((one, other) => one - other);
    const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 10) / 10;
    return { perSecond: found.length / seconds, p50: at(0.5), p99: at(0.99) };
  };
  return { good: fateOf(times.good), shed: fateOf(times.shed), mute, failed };
}

// A process of its own, so that making the load takes nothing from the server's event loop.
process.on('message', (crowd: Crowd) => {
  send(crowd).then(
    (fates) => process.send!(fates, () => process.exit(0)),
    (error: Error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
