import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL } from 'graphiql';
import { createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { linkedQuery } from '../link.js';
import { examples, placeholderHeaders, send } from '../server.js';
import { currentSession, onSessionChange } from '../session.js';
import { hasOperation, isSubscription } from './all-pages.js';
import { liveAnswers } from './live-answers.js';
import { ResultBar } from './result-bar.js';
import { enterTab, keepRun } from './runs.js';

// GraphiQL's own worker setup supports only Vite and webpack; these files are the entry points of bundle.mjs.
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const name = ['json', 'graphql'].includes(label) ? label : 'editor';
    return new Worker(new URL(`${name}.worker.js`, import.meta.url), { type: 'module' });
  },
};

const headers = JSON.stringify(placeholderHeaders, null, 2);

export async function mountGraphiQL(target) {
  await loadStyles();
  const linked = linkedQuery(location.href);
  // Without initial variables, the history would record the first run of a tab twice.
  const tabs = examples.map((query) => ({ query, variables: '' }));
  if (linked) tabs.unshift(linked);
  createRoot(target).render(
    createElement(
      GraphiQL,
      {
        fetcher,
        ...(linked && { initialQuery: linked.query, initialVariables: linked.variables }),
        defaultTabs: tabs.map((tab) => ({ ...tab, headers })),
        defaultHeaders: headers,
        defaultEditorToolsVisibility: linked?.variables ? 'variables' : 'headers',
        // The history contains headers and variables, with tokens and passwords, so it must not outlive the tab.
        storage: sessionStorage,
        showPersistHeadersSettings: false,
      },
      createElement(Watch),
      createElement(GraphiQL.Footer, null, createElement(ResultBar)),
    ),
  );
  // The tab stores the query from here on; the link would open it again with every reload.
  if (linked) history.replaceState(null, '', location.pathname);
  addEventListener('hashchange', () => {
    if (linkedQuery(location.href)) location.reload();
  });
}

/**
 * Renders nothing. Reports the open tab, wraps long lines of queries, and loads a schema that was hidden until the user
 * signed in.
 */
function Watch() {
  const { introspect } = useGraphiQLActions();
  const { schema, fetchError, queryEditor, responseEditor } = useGraphiQL((state) => ({
    schema: state.schema,
    fetchError: state.fetchError,
    queryEditor: state.queryEditor,
    responseEditor: state.responseEditor,
  }));
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  useEffect(() => enterTab(tab), [tab]);
  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor]);
  useEffect(
    () =>
      onSessionChange(() => {
        if (currentSession() && !schema) introspect();
      }),
    [schema, introspect],
  );
  useEffect(() => {
    // GraphiQL shows a failure to load the schema in place of the answer, and does not remove it after a success.
    const removeError = () => responseEditor?.getValue() === fetchError && responseEditor.setValue('');
    return fetchError ? removeError : undefined;
  }, [fetchError, responseEditor]);
  return null;
}

async function fetcher({ operationName, ...operation }, { headers } = {}) {
  // Right after a switch between tabs, GraphiQL still passes the name of the previous tab's operation.
  if (operationName && hasOperation({ ...operation, operationName })) operation.operationName = operationName;
  if (isSubscription(operation)) return liveAnswers(operation, headers);
  const keep = keepRun(operation, headers);
  const answer = await send(operation, { headers });
  keep(answer);
  if (!answer.data && operation.operationName === 'IntrospectionQuery' && !currentSession())
    return { errors: [{ message: 'Sign in above: this server shows its schema to those who are signed in.' }] };
  return answer;
}

function loadStyles() {
  const href = new URL('graphiql.css', import.meta.url).href;
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
  return new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', reject);
    // Before our own stylesheet, whose phone layout must take precedence.
    document.head.prepend(link);
  });
}
