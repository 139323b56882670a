import { onSessionChange } from '../session.js';

// The last run of each tab. It is stored here because the editors may have changed since.
const runs = new Map();
let openTab;
let last = 0;

// An answer belongs to its user; another user must not read further pages of it.
onSessionChange(() => runs.clear());

export function enterTab(id) {
  openTab = id;
}

/** The last run in a tab of GraphiQL, with its answer. */
export const lastRunOf = (tab) => runs.get(tab);

/** Records that an operation runs in the open tab; returns the function that takes its answer. */
export function keepRun(operation, headers) {
  const tab = openTab;
  if (operation.operationName === 'IntrospectionQuery') return () => undefined;
  runs.delete(tab);
  return (answer) => {
    last += 1;
    runs.set(tab, { ...operation, id: last, headers, data: answer.data });
  };
}
