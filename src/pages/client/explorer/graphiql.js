import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL } from 'graphiql';
import { createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { linkedQuery } from '../link.js';
import { examples, placeholderHeaders, send } from '../server.js';
import { currentSession, onSessionChange } from '../session.js';
import { hasOperation } from './all-pages.js';
import { ResultBar } from './result-bar.js';
import { enterTab, keepRun } from './runs.js';

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
  const linked = linkedQuery(location.href);
  // Without variables from the beginning the history would take the first run of a tab for two.
  const shown = examples.map((query) => ({ query, variables: '' }));
  if (linked) shown.unshift(linked);
  createRoot(target).render(
    createElement(
      GraphiQL,
      {
        fetcher,
        ...(linked && { initialQuery: linked.query, initialVariables: linked.variables }),
        defaultTabs: shown.map((tab) => ({ ...tab, headers })),
        defaultHeaders: headers,
        defaultEditorToolsVisibility: linked?.variables ? 'variables' : 'headers',
        // Its history keeps headers and variables, tokens and passwords among them: nothing may outlive the tab.
        storage: sessionStorage,
        showPersistHeadersSettings: false,
      },
      createElement(Watch),
      createElement(GraphiQL.Footer, null, createElement(ResultBar)),
    ),
  );
  // The tab keeps the query from now on; the link would open it again with every reload.
  if (linked) history.replaceState(null, '', location.pathname);
  addEventListener('hashchange', () => {
    if (linkedQuery(location.href)) location.reload();
  });
}

/** Shows nothing: tells which tab is open, and gets the schema that was hidden before somebody signed in. */
function Watch() {
  const { introspect } = useGraphiQLActions();
  const { schema, fetchError, responseEditor } = useGraphiQL((state) => ({
    schema: state.schema,
    fetchError: state.fetchError,
    responseEditor: state.responseEditor,
  }));
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  useEffect(() => enterTab(tab), [tab]);
  useEffect(
    () =>
      onSessionChange(() => {
        if (currentSession() && !schema) introspect();
      }),
    [schema, introspect],
  );
  useEffect(() => {
    // GraphiQL writes where the answer goes that there is no schema, and leaves it there when there is one.
    const withdraw = () => responseEditor?.getValue() === fetchError && responseEditor.setValue('');
    return fetchError ? withdraw : undefined;
  }, [fetchError, responseEditor]);
  return null;
}

async function fetcher({ operationName, ...operation }, { headers } = {}) {
  // Just after a change of tabs GraphiQL still has the name of the other tab's operation.
  if (operationName && hasOperation({ ...operation, operationName })) operation.operationName = operationName;
  const keep = keepRun(operation, headers);
  const answer = await send(operation, { headers });
  keep(answer);
  if (!answer.data && operation.operationName === 'IntrospectionQuery' && !currentSession())
    return { errors: [{ message: 'Sign in above: this server shows its schema to those who are signed in.' }] };
  return answer;
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
