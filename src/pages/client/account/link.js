import { find } from '../element.js';
import { ask } from '../server.js';
import { submits } from './submits.js';

/** The page of a link about an address: its token is used only by the button, since mail programs open links. */
export function setUpConfirmation(mutation, token, outcome) {
  submits('press', async () => {
    // As the session, if there is one: it goes on after a change of the address.
    const { done } = await ask(mutation, { token });
    find('press').hidden = true;
    find('about').textContent = `${done.email} ${outcome}.`;
  });
}
