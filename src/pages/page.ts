const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
  <rect width="16" height="16" rx="4" fill="#23193f"/>
  <path d="M4 8l3 3 5-6" fill="none" stroke="#ffd166" stroke-width="2"/>
</svg>`;

// Keeps a phone's keyboard from correcting user names and tokens.
const verbatim = 'autocapitalize="none" spellcheck="false"';

export interface Page {
  title: string;
  /** Link to the other page. */
  link: { href: string; text: string };
  /** Additional markup for the page's bar. */
  more?: string;
  /** Name of the page's script and stylesheet among the assets. */
  assets: string;
  /** Data for the script, in the element `hand-over`; `endpoint` is the path of the GraphQL endpoint. */
  handOver: { endpoint: string };
  /** Markup of the main element. */
  main: string;
}

/**
 * A page with the sign-in forms. Its markup is fixed when the server starts, so it contains no user input.
 */
export function renderPage({ title, link, more = '', assets, handOver, main }: Page): string {
  // In a script element, only `<` could end the JSON early.
  const json = JSON.stringify(handOver).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
    <link rel="stylesheet" href="/assets/${assets}.css">
    <script type="application/json" id="hand-over">${json}</script>
    <script type="module" src="/assets/${assets}.js"></script>
  </head>
  <body>
    <header class="bar">
      <h1>${title}</h1>
      <nav>
        <a href="${link.href}">${link.text}</a>
        ${more}
      </nav>
      <div id="signed-out">
        <form id="sign-in" aria-label="Sign in">
          <label>Username <input id="username" name="username" required autocomplete="username" ${verbatim}></label>
          <label>
            Password <input name="password" type="password" required autocomplete="current-password">
          </label>
          <button>Sign in</button>
          <a href="/reset">Forgot it?</a>
        </form>
        <form id="second-factor" aria-label="Second factor" hidden>
          <label>
            Code or recovery code
            <input id="code" name="code" required maxlength="50" autocomplete="one-time-code" ${verbatim}>
          </label>
          <button>Sign in</button>
          <button id="start-again" type="button" class="plain">Start again</button>
        </form>
        <form id="paste" aria-label="Use a token">
          <label>or paste a token <input name="token" required autocomplete="off" ${verbatim}></label>
          <button>Use token</button>
        </form>
      </div>
      <div id="signed-in" hidden>
        <select id="organization" aria-label="Organization" hidden></select>
        <a id="who" href="/account" title="Your account"></a>
        <button id="sign-out" type="button" aria-describedby="who">Sign out</button>
      </div>
      <p id="complaint" role="alert"></p>
    </header>
    ${main}
  </body>
</html>
`;
}
