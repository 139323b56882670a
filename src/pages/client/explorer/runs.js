import { onSessionChange } from '../session.js';

// The editors may say something else by now, and another tab has a run of its own.
const runs = new Map();
let openTab;
let last = 0;

// An answer is its caller's: the next one shall not continue its list.
onSessionChange(() => runs.clear());

export function enterTab(id) {
  openTab = id;
}

/** The last run in a tab of GraphiQL, with its answer. */
export const lastRunOf = (tab) => runs.get(tab);

/** Notes that an operation is run in the open tab; the function takes its answer. */
export function keepRun(operation, headers) {
  const tab = openTab;
  if (operation.operationName === 'IntrospectionQuery') return () => undefined;
  runs.delete(tab);
  return (answer) => {
    last += 1;
    runs.set(tab, { ...operation, id: last, headers, data: answer.data });
  };
}
