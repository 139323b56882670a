import { renderPage } from './page.js';

/** Apollo Sandbox, which calls the server from there. */
export const sandboxOrigin = 'https://studio.apollographql.com';

interface HandOver {
  endpoint: string;
  /** Documents with one named operation each, which the tool opens with. */
  examples: string[];
}

/** Text as markup. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const sandboxLink = (text: string) => `<a class="sandbox" target="_blank" rel="noopener noreferrer">${text}</a>`;

const sandboxNote = `<button type="button" class="plain" popovertarget="sandbox">Apollo Sandbox</button>
        <div id="sandbox" popover>
          <p>
            Apollo Sandbox runs on Apollo's site and calls this server from there, which it may not yet. Start the
            server with <code>CORS_ORIGINS=${sandboxOrigin}</code>, and sign in there with the mutation
            <code>login</code>.
          </p>
          ${sandboxLink('Open it all the same')}
        </div>`;

/** The page with GraphiQL, and a link to Apollo Sandbox that says what it needs where it may not call the server. */
export const explorerPage = (handOver: HandOver, { sandboxMayCall }: { sandboxMayCall: boolean }): string =>
  renderPage({
    title: 'Too Good CRM API',
    link: { href: '/dashboard', text: 'Dashboard' },
    more: sandboxMayCall ? sandboxLink('Apollo Sandbox') : sandboxNote,
    assets: 'explorer',
    handOver,
    // The examples can be read until the tool that runs them is there, and where it never comes.
    main: `<main id="tool">
      <noscript><p>This page needs JavaScript; the API itself does not.</p></noscript>
      <pre>${escaped(handOver.examples.join('\n'))}</pre>
    </main>`,
  });
