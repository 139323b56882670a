import { endpoint } from '../server.js';
import { setUpSignIn } from '../sign-in.js';

setUpSignIn();

// The link contains only the endpoint; the session stays on this page.
for (const link of document.querySelectorAll('.sandbox'))
  link.href = `https://studio.apollographql.com/sandbox/explorer?${new URLSearchParams({ endpoint })}`;

const tool = document.getElementById('tool');
try {
  const { mountGraphiQL } = await import('./graphiql.js');
  await mountGraphiQL(tool);
} catch {
  tool.textContent = 'The explorer cannot be loaded: check the connection and reload this page.';
}
