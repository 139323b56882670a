import { renderPage } from './page.js';

interface HandOver {
  endpoint: string;
  /** Documents with one named operation each, which both tools open with. */
  examples: string[];
}

/** The page with Apollo Sandbox, or GraphiQL where its CDN cannot be reached. */
export const explorerPage = (handOver: HandOver): string =>
  renderPage({
    title: 'Too Good CRM API',
    link: { href: '/dashboard', text: 'Dashboard' },
    assets: 'explorer',
    handOver,
    main: `<main id="tool">
      <p id="loading">Loading the explorer…</p>
      <noscript><p>This page needs JavaScript; the API itself does not.</p></noscript>
    </main>`,
  });
