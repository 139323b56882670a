import { connect } from 'node:net';

/** Room for 5,000 streams, and for as many that are about to end. */
export const manyStreams = Object.fromEntries(
  ['MAX_STREAMS', 'MAX_STREAMS_PER_ORGANIZATION', 'MAX_STREAMS_PER_CALLER'].map((name) => [name, '10000']),
);

const query = `subscription { changeAdded(filter: { recordType: { eq: CUSTOMER } }) { cursor change {
  id recordId action fields { name before after } changeSet { id actorName }
  record { id ... on Customer { name } } } } }`;

/** Opens a stream, which calls back with all that it sends. Resolves at its first event; the result closes it. */
export async function openStream(
  url: string,
  authorization: string,
  onText: (text: string) => void,
): Promise<() => void> {
  const { hostname, port, pathname } = new URL(url);
  const body = JSON.stringify({ query });
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n` +
      `authorization: ${authorization}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  await new Promise<void>((begun, failed) => {
    socket.once('error', failed);
    socket.once('close', () => failed(new Error('The stream was refused')));
    socket.on('data', (text: string) => {
      if (text.includes('event: next')) begun();
      onText(text);
    });
  });
  return () => socket.destroy();
}
