import { mountSandbox } from './sandbox.js';
import { setUpSignIn } from './sign-in.js';

setUpSignIn();

const tool = document.getElementById('tool');
const loading = document.getElementById('loading');
try {
  await mountSandbox(tool).catch(async () => {
    const { mountGraphiQL } = await import('./graphiql.js');
    await mountGraphiQL(tool);
  });
  loading.remove();
} catch {
  loading.textContent = 'The explorer cannot be loaded: check the connection and reload this page.';
}
