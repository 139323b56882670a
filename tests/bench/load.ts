import autocannon from 'autocannon';

/** The load on one server for a while. */
export interface Job {
  url: string;
  headers: Record<string, string>;
  /** The requests that each connection sends, over and over. */
  bodies: string[][];
  /** The duration; or the number of requests, as `amount`. */
  seconds?: number;
  amount?: number;
}

export interface Result {
  /** Number of answered requests. */
  requests: number;
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  /** Answers that were not 200 or carried errors, and requests without an answer. */
  failed: number;
}

// A process of its own, so that making the load takes nothing from the servers' event loops.
process.on('message', ({ url, headers, bodies, seconds, amount }: Job) => {
  let connection = 0;
  autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    connections: bodies.length,
    ...(amount ? { amount } : { duration: seconds }),
    setupClient: (client) => {
      client.setRequests(bodies[connection++ % bodies.length]!.map((body) => ({ body })));
    },
    verifyBody: (body) => !String(body).includes('"errors":'),
  }).then(
    ({ requests, latency, non2xx, errors, mismatches }) =>
      process.send!({
        requests: requests.total,
        requestsPerSecond: requests.average,
        p50: latency.p50,
        failed: non2xx + errors + mismatches,
      } satisfies Result),
    (error: Error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
