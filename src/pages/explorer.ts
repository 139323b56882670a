import { renderPage } from './page.js';

/** Origin of Apollo Sandbox, from which it calls the server. */
export const sandboxOrigin = 'https://studio.apollographql.com';

interface HandOver {
  endpoint: string;
  /** Documents of named operations, for the tabs that GraphiQL opens with; Apollo Sandbox opens with the first one. */
  examples: string[];
}

/** Escapes text for HTML. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const sandboxLink = (text: string) => `<a class="sandbox" target="_blank" rel="noopener noreferrer">${text}</a>`;

const sandboxNote = `<button type="button" class="plain" popovertarget="sandbox">Apollo Sandbox</button>
        <div id="sandbox" popover>
          <p>
            Apollo Sandbox runs on Apollo's site and calls this server from there, which the server does not allow yet.
            Start the server with <code>CORS_ORIGINS=${sandboxOrigin}</code>, and sign in there with the mutation
            <code>login</code>.
          </p>
          ${sandboxLink('Open it anyway')}
        </div>`;

/**
 * The page with GraphiQL and a link to Apollo Sandbox, which explains how to allow it if it may not call the server.
 */
export const explorerPage = (handOver: HandOver, { sandboxMayCall }: { sandboxMayCall: boolean }): string =>
  renderPage({
    title: 'Too Good CRM API',
    link: { href: '/dashboard', text: 'Dashboard' },
    more: `<a href="/changes">Changes</a> ${sandboxMayCall ? sandboxLink('Apollo Sandbox') : sandboxNote}`,
    assets: 'explorer',
    handOver,
    // People can read the examples until GraphiQL has loaded, and even if it never loads.
    main: `<main id="tool">
      <noscript><p>This page needs JavaScript; the API itself does not.</p></noscript>
      <pre>${escaped(handOver.examples.join('\n'))}</pre>
    </main>`,
  });
