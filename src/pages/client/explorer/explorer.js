import { endpoint, examples } from '../server.js';
import { setUpSignIn } from '../sign-in.js';

setUpSignIn();

// The link contains only the endpoint and an example; the session stays on this page.
const opening = new URLSearchParams({ endpoint, document: examples[0] });
for (const link of document.querySelectorAll('.sandbox'))
  link.href = `https://studio.apollographql.com/sandbox/explorer?${opening}`;

const tool = document.getElementById('tool');
try {
  const { mountGraphiQL } = await import('./graphiql.js');
  await mountGraphiQL(tool);
} catch {
  tool.textContent = 'The explorer cannot be loaded: check the connection and reload this page.';
}
