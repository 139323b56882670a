import { find } from '../element.js';
import { setUpLive } from '../live.js';
import { ask } from '../server.js';
import { currentSession, onSessionChange } from '../session.js';
import { setUpSignIn } from '../sign-in.js';
import { chosen, keepChoices, offer, organizationOf, recallChoices, recalledSet } from './choices.js';
import { Days, keepPlace } from './days.js';
import { deletedDocument, setsDocument } from './documents.js';
import { deletedEntry, setEntry } from './list.js';
import { closeSet, openSet, setUpSet } from './set.js';
import { rehearse } from './undo.js';

const main = find('changes');
let latestRequest = 0;
/** The organization whose people are offered. */
let organization = null;
/** The shown list: its view, document, filter and days, and the cursor after which it goes on. */
let shown = null;
let loading = null;

recallChoices();
setUpSignIn();
setUpSet({ changed: load, keep: keepChoices });
const live = setUpLive({
  refresh,
  pace: 2000,
  recover: () => {
    if (!find('retry').hidden) void load();
  },
});
onSessionChange(() => {
  live.stop();
  organization = null;
  closeSet();
  void load();
});
for (const id of ['view', 'person', 'type', 'source', 'from', 'to']) find(id).addEventListener('change', load);
find('choice').addEventListener('submit', (event) => event.preventDefault());
find('retry').addEventListener('click', load);
find('more').addEventListener('click', more);
void load();

const open = (id) => openSet(id, organization.timeZone);

async function putBack(id) {
  if (await open(id)) await rehearse();
}

function load() {
  loading = loadChosen();
  return loading;
}

/** Loads the chosen list. If answers arrive out of order, only that of the latest request is shown. */
async function loadChosen() {
  latestRequest += 1;
  const request = latestRequest;
  if (!currentSession()) return say('Sign in above to see what changed.');
  main.setAttribute('aria-busy', 'true');
  if (!shown) say('Loading the changes …', { isBusy: true });
  try {
    if (!organization) {
      const found = await organizationOf();
      if (request !== latestRequest) return;
      if (!found) return say('You do not belong to an organization yet.');
      offer(found);
      organization = found;
    }
    const { view, filter, isNarrowed } = chosen();
    const query = view === 'deleted' ? deletedDocument : setsDocument;
    const { list, changeCursor } = await ask(query, { filter, isFirst: true });
    if (request !== latestRequest) return;
    const entryOf = view === 'deleted' ? deletedEntry(putBack) : setEntry(open);
    shown = { view, query, filter, isNarrowed, days: new Days(organization.timeZone, entryOf) };
    draw();
    show(list);
    keepChoices();
    live.follow(changeCursor);
    const set = recalledSet();
    if (set && !find('set').open) void open(set);
  } catch ({ message }) {
    // If the session has ended, its listener has shown why and has started another request.
    if (request === latestRequest) say(message, { again: true });
  }
}

/** Brings the top of the list up to date. Open details and the place on the screen stay. */
async function refresh() {
  await loading;
  const list = shown;
  if (!list) return;
  const { list: top } = await ask(list.query, { filter: list.filter });
  // A list that was chosen meanwhile is newer.
  if (list !== shown) return;
  keepPlace(() => {
    if (list.days.renew(top)) return;
    list.days.clear();
    show(top);
  });
  describe();
}

async function more() {
  const list = shown;
  find('more').disabled = true;
  try {
    const page = await ask(list.query, { filter: list.filter, after: list.after });
    if (list === shown) show(page.list);
  } catch ({ message }) {
    if (list === shown) find('about').textContent = message;
  } finally {
    find('more').disabled = false;
  }
}

/** Appends a page to the list. */
function show({ nodes, pageInfo }) {
  shown.days.add(nodes);
  describe();
  shown.after = pageInfo.endCursor;
  find('more').hidden = !pageInfo.hasNextPage;
}

/** Shows a message in place of the list. */
function say(text, { again = false, isBusy = false } = {}) {
  shown = null;
  main.setAttribute('aria-busy', String(isBusy));
  find('note').textContent = text;
  find('note').classList.remove('name');
  find('retry').hidden = !again;
  find('list').replaceChildren();
  for (const id of ['about', 'more']) find(id).hidden = true;
  // The form stays visible, since a choice may be the cause of the error.
  find('choice').hidden = !organization || !currentSession();
}

const empty = { sets: 'Nothing has changed yet.', deleted: 'There is no deleted record to put back.' };

const abouts = {
  sets: ({ seesAll }) => (seesAll ? 'The changes of everybody' : 'Your own changes'),
  deleted: ({ seesAll }) => (seesAll ? 'Deleted records that can be put back' : 'Records that you have deleted'),
};

function draw() {
  find('choice').hidden = false;
  find('retry').hidden = true;
  find('note').textContent = organization.name;
  find('note').classList.add('name');
  find('about').hidden = false;
  main.setAttribute('aria-busy', 'false');
}

function describe() {
  const { view, isNarrowed, days } = shown;
  find('about').textContent = days.isEmpty
    ? isNarrowed
      ? 'Nothing matches these choices.'
      : empty[view]
    : `${abouts[view](organization)}, the latest first. Times of ${organization.timeZone.replaceAll('_', ' ')}.`;
}
