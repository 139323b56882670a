export interface HandOver {
  /** Path of the GraphQL endpoint on this server. */
  endpoint: string;
  /** The operation both tools open with. */
  example: string;
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
  <rect width="16" height="16" rx="4" fill="#23193f"/>
  <path d="M4 8l3 3 5-6" fill="none" stroke="#ffd166" stroke-width="2"/>
</svg>`;

// For user names and tokens, which a phone's keyboard would otherwise improve.
const verbatim = 'autocapitalize="none" spellcheck="false"';

/** Everything but its data is fixed, so that nobody's input ever reaches the markup. */
export function renderPage({ endpoint, example }: HandOver): string {
  // Inside a script element only `<` could end the JSON early.
  const handOver = JSON.stringify({ endpoint, example }).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Too Good CRM API</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
    <link rel="stylesheet" href="/assets/main.css">
    <script type="application/json" id="hand-over">${handOver}</script>
    <script type="module" src="/assets/main.js"></script>
  </head>
  <body>
    <header class="bar">
      <h1>Too Good CRM API</h1>
      <div id="signed-out">
        <form id="sign-in" aria-label="Sign in">
          <label>Username <input id="username" name="username" required autocomplete="username" ${verbatim}></label>
          <label>
            Password <input name="password" type="password" required autocomplete="current-password">
          </label>
          <button>Sign in</button>
        </form>
        <form id="paste" aria-label="Use a token">
          <label>or paste a token <input name="token" required autocomplete="off" ${verbatim}></label>
          <button>Use token</button>
        </form>
      </div>
      <div id="signed-in" hidden>
        <span id="who"></span>
        <button id="sign-out" type="button" aria-describedby="who">Sign out</button>
      </div>
      <p id="complaint" role="alert"></p>
    </header>
    <main id="tool">
      <p id="loading">Loading the explorer…</p>
      <noscript><p>This page needs JavaScript; the API itself does not.</p></noscript>
    </main>
  </body>
</html>
`;
}
