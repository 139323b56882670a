import { useGraphiQL } from '@graphiql/react';
import { createElement, useEffect, useRef, useState } from 'react';
import { copy, save } from '../hand-out.js';
import { linkTo } from '../link.js';
import { onSessionChange } from '../session.js';
import { listsOf } from '../table.js';
import { nameOf } from './all-pages.js';
import { lastRunOf } from './runs.js';
import { withoutSecrets } from './secrets.js';
import { count, csvFrom } from './take-away.js';

const button = (text, onClick) => createElement('button', { key: text, type: 'button', onClick }, text);

/** The bar below the answer, with a link to the query and the lists of the answer as CSV. */
export function ResultBar() {
  const [, setSessionCount] = useState(0);
  useEffect(() => onSessionChange(() => setSessionCount((count) => count + 1)), []);
  const { tab, response } = useGraphiQL(({ tabs, activeTabIndex }) => ({
    tab: tabs[activeTabIndex].id,
    response: tabs[activeTabIndex].response,
  }));
  // Without a response, a run is in progress or its answer was cleared.
  const run = response ? lastRunOf(tab) : undefined;
  // A new run gets a new key, which unmounts the old component and aborts its download.
  return createElement(TakeAway, { key: `${tab} ${run?.id}`, run });
}

function TakeAway({ run }) {
  const { queryEditor, variableEditor } = useGraphiQL((state) => ({
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
  }));
  const [status, setStatus] = useState('');
  const [chosen, choose] = useState('');
  const [isWorking, setWorking] = useState(false);
  const work = useRef(null);
  useEffect(() => () => work.current?.abort(), []);

  const lists = run ? listsOf(run.data) : [];
  const list = lists.find(({ path }) => path.join('.') === chosen) ?? lists[0];

  async function share() {
    let shared;
    try {
      shared = withoutSecrets({ query: queryEditor.getValue(), variables: variableEditor.getValue() });
    } catch {
      return setStatus('A link needs a query and variables without syntax errors.');
    }
    const link = linkTo(location.href, shared);
    const omission = shared.isBlanked ? ', without its passwords and tokens,' : '';
    try {
      await copy(Promise.resolve(link));
      setStatus(`Link copied: it opens this query${omission} and runs nothing.`);
    } catch {
      history.replaceState(null, '', link);
      setStatus(`The link to this query${omission} is in the address bar.`);
    }
  }

  async function take(use) {
    work.current = new AbortController();
    setWorking(true);
    setStatus('Getting the rows …');
    try {
      const result = csvFrom(run, list, { signal: work.current.signal, progress: setStatus });
      const done = await use(result.then(({ csv }) => csv));
      setStatus(`${done} ${(await result).summary}`);
    } catch ({ name, message }) {
      setStatus(name === 'AbortError' ? 'Cancelled.' : message);
    } finally {
      setWorking(false);
    }
  }

  async function download(csv) {
    return `Saved ${save(nameOf(run) ?? list.path.at(-1), await csv)}:`;
  }

  async function copyAll(csv) {
    await copy(csv);
    return 'Copied:';
  }

  return createElement(
    'div',
    { className: 'result-bar' },
    button('Copy link', share),
    list && createElement(Lists, { lists, list, choose }),
    list && !isWorking && [button('Copy as CSV', () => take(copyAll)), button('Download CSV', () => take(download))],
    isWorking && button('Cancel', () => work.current.abort()),
    createElement('span', { role: 'status' }, status),
  );
}

/** The list to export, with a choice if the answer has several. */
function Lists({ lists, list, choose }) {
  const pathOf = ({ path }) => path.join('.');
  if (lists.length === 1)
    return createElement('span', null, `${pathOf(list)}: ${list.isPaged ? 'all pages' : count(list.rows.length)}`);
  const options = lists.map((option) => createElement('option', { key: pathOf(option) }, pathOf(option)));
  return createElement(
    'select',
    { 'aria-label': 'List for CSV', value: pathOf(list), onChange: ({ target }) => choose(target.value) },
    options,
  );
}
