import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { examples, placeholderHeaders, request } from './server.js';

// GraphiQL's own set-ups cover Vite and webpack only; these are the entries of bundle.mjs.
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const name = ['json', 'graphql'].includes(label) ? label : 'editor';
    return new Worker(new URL(`${name}.worker.js`, import.meta.url), { type: 'module' });
  },
};

const headers = JSON.stringify(placeholderHeaders, null, 2);

export async function mountGraphiQL(target) {
  await styled();
  createRoot(target).render(
    createElement(GraphiQL, {
      fetcher,
      defaultTabs: examples.map((query) => ({ query, headers })),
      defaultHeaders: headers,
      defaultEditorToolsVisibility: 'headers',
      // Its history keeps headers and variables, tokens and passwords among them: nothing may outlive the tab.
      storage: sessionStorage,
      showPersistHeadersSettings: false,
    }),
  );
}

async function fetcher({ operationName, ...operation }, { headers } = {}) {
  // Just after a change of tabs GraphiQL still has the name of the other tab's operation.
  if (operationName && operation.query.includes(operationName)) operation.operationName = operationName;
  const response = await request({
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(operation),
  });
  return response.json();
}

function styled() {
  const href = new URL('graphiql.css', import.meta.url).href;
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
  return new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', reject);
    // Ahead of our own sheet, whose phone layout must win.
    document.head.prepend(link);
  });
}
