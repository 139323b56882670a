import { currentSession, onSessionChange } from '../session.js';
import { setUpSignIn } from '../sign-in.js';
import { showCards } from './cards.js';
import { chosen, keepChoices, offer, offerCurrencies, recallChoices } from './choices.js';
import { find } from './element.js';
import { choicesOf, figuresOf, scopeOf } from './figures.js';
import { currenciesOf, showPictures } from './pictures.js';

const main = find('dashboard');
let newest = 0;
/** The organization whose choices are offered, and the figures that are shown. */
let organization = null;
let shown = null;

recallChoices();
setUpSignIn();
onSessionChange(() => {
  organization = null;
  find('rows').close();
  load();
});
for (const id of ['range', 'from', 'to', 'pipeline', 'owner']) find(id).addEventListener('change', load);
find('currency').addEventListener('change', () => draw());
find('retry').addEventListener('click', load);
find('choice').addEventListener('submit', (event) => event.preventDefault());
load();

/** Whatever was asked last is shown, also when an earlier answer comes later. */
async function load() {
  newest += 1;
  const turn = newest;
  if (!currentSession()) return say("Sign in above to see your organization's figures.");
  main.setAttribute('aria-busy', 'true');
  if (find('figures').hidden) say('Loading the figures…', { isBusy: true });
  try {
    if (!organization) {
      const choices = await choicesOf();
      if (turn !== newest) return;
      if (!choices.organization) return say('You belong to no organization yet.');
      offer(choices);
      organization = choices.organization;
    }
    const choice = chosen(organization);
    const scope = scopeOf(choice);
    const figures = await figuresOf(scope);
    if (turn !== newest) return;
    shown = { figures, scope, range: choice.range };
    draw();
  } catch ({ message }) {
    // An ended session has told so itself, and loads once more.
    if (turn === newest) say(message, { again: true });
  }
}

/** Words in place of figures. */
function say(text, { again = false, isBusy = false } = {}) {
  main.setAttribute('aria-busy', String(isBusy));
  find('note').textContent = text;
  find('note').classList.remove('name');
  find('retry').hidden = !again;
  find('figures').hidden = true;
  // The choice may be the very thing that is wrong.
  find('choice').hidden = !organization || !currentSession();
}

function draw() {
  const { figures, scope, range } = shown;
  // The canvases must have their size before they are drawn on.
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
