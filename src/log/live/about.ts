/** The description of the type Subscription. */
export const aboutSubscriptions =
  'Subscriptions, over Server-Sent Events (`Accept: text/event-stream` at the same URL, as the client of ' +
  '`graphql-sse` sends it) or over a WebSocket (`graphql-ws`). The caller, the rights and the limits are those of ' +
  'queries, and are checked again while the stream is open. A stream that cannot go on ends with an error.';
