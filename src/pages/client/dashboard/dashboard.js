import { find } from '../element.js';
import { setUpLive } from '../live.js';
import { currentSession, onSessionChange } from '../session.js';
import { setUpSignIn } from '../sign-in.js';
import { showCards } from './cards.js';
import { chosen, keepChoices, offer, offerCurrencies, recallChoices } from './choices.js';
import { choicesOf, figuresOf, relevantChanges, scopeOf } from './figures.js';
import { currenciesOf, showPictures } from './pictures.js';

const main = find('dashboard');
let latestRequest = 0;
/** The organization whose choices are offered; `shown` has the figures. */
let organization = null;
let shown = null;
let loading = null;

recallChoices();
setUpSignIn();
const live = setUpLive({
  refresh,
  filter: relevantChanges,
  pace: 5000,
  recover: () => {
    if (!find('retry').hidden) void load();
  },
});
onSessionChange(() => {
  live.stop();
  organization = null;
  find('rows').close();
  void load();
});
for (const id of ['range', 'from', 'to', 'pipeline', 'owner']) find(id).addEventListener('change', load);
find('currency').addEventListener('change', () => draw());
find('retry').addEventListener('click', load);
find('choice').addEventListener('submit', (event) => event.preventDefault());
void load();

function load() {
  loading = loadFigures();
  return loading;
}

/** Loads the figures. If answers arrive out of order, only that of the latest request is shown. */
async function loadFigures() {
  latestRequest += 1;
  const request = latestRequest;
  if (!currentSession()) return say("Sign in above to see your organization's figures.");
  main.setAttribute('aria-busy', 'true');
  if (find('figures').hidden) say('Loading the figures…', { isBusy: true });
  try {
    if (!organization) {
      const choices = await choicesOf();
      if (request !== latestRequest) return;
      if (!choices.organization) return say('You do not belong to an organization yet.');
      offer(choices);
      organization = choices.organization;
    }
    const choice = chosen(organization);
    const scope = scopeOf(choice);
    const { figures, changeCursor } = await figuresOf(scope, { isFirst: true });
    if (request !== latestRequest) return;
    shown = { figures, scope, range: choice.range };
    draw();
    live.follow(changeCursor);
  } catch ({ message }) {
    // If the session has ended, its listener has shown why and has started another request.
    if (request === latestRequest) say(message, { again: true });
  }
}

/** Reads the figures anew, and draws them if they are others. */
async function refresh() {
  await loading;
  const request = latestRequest;
  if (find('figures').hidden) return;
  const choice = chosen(organization);
  const scope = scopeOf(choice);
  const { figures } = await figuresOf(scope);
  // Figures that were chosen meanwhile are newer.
  if (request !== latestRequest || JSON.stringify(figures) === JSON.stringify(shown.figures)) return;
  shown = { figures, scope, range: choice.range };
  draw();
}

/** Shows a message in place of the figures. */
function say(text, { again = false, isBusy = false } = {}) {
  main.setAttribute('aria-busy', String(isBusy));
  find('note').textContent = text;
  find('note').classList.remove('name');
  find('retry').hidden = !again;
  find('figures').hidden = true;
  // The form stays visible, since a choice may be the cause of the error.
  find('choice').hidden = !organization || !currentSession();
}

function draw() {
  const { figures, scope, range } = shown;
  // Shown before the charts are drawn, since hidden canvases have no size.
  find('figures').hidden = false;
  find('choice').hidden = false;
  find('retry').hidden = true;
  find('note').textContent = organization.name;
  find('note').classList.add('name');
  showCards(figures, range);
  const currencies = currenciesOf(figures, organization.currency);
  showPictures(figures, scope, {
    currency: offerCurrencies(currencies, organization.currency),
    isOnly: currencies.length < 2,
    isEverMeasured: !range.from && !range.to,
  });
  keepChoices();
  main.setAttribute('aria-busy', 'false');
}
