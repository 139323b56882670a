/** Reads Server-Sent Events, each with its id and the JSON that it carries; ends with the event `complete`. */
export async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error('The connection was lost.');
    const messages = (text + value).split('\n\n');
    text = messages.pop();
    for (const message of messages) {
      const { event, id, data } = fieldsOf(message);
      if (event === 'complete') return;
      if (data) yield { id, result: JSON.parse(data) };
    }
  }
}

const fieldsOf = (message) =>
  Object.fromEntries(
    message.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }),
  );
