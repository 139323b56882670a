import { renderSVG } from 'uqr';
import { element, find } from '../element.js';
import { saveText } from '../hand-out.js';
import { ask } from '../server.js';
import { presses, submits } from './submits.js';

export function setUpSecondFactor() {
  presses(find('begin'), find('factor-problem'), async () => {
    const { secret, otpauthUri } = (await ask('mutation SetUp { beginSecondFactor { secret otpauthUri } }'))
      .beginSecondFactor;
    // The server has made the URI; the library draws squares only.
    find('qr').innerHTML = renderSVG(otpauthUri);
    find('qr').firstChild.setAttribute('aria-hidden', 'true');
    find('uri').href = otpauthUri;
    find('key').textContent = secret.match(/.{1,4}/g).join(' ');
    shown({ begin: false, secret: true, confirm: true });
    find('confirm').elements.code.focus();
  });
  submits('confirm', async ({ code }) => {
    const { recoveryCodes } = (await ask(confirmDocument, { code })).confirmSecondFactor;
    showSecondFactor(true);
    find('codes').replaceChildren(...recoveryCodes.map((text) => element('li', {}, text)));
    shown({ recovery: true });
    find('save-codes').focus();
  });
  find('save-codes').addEventListener('click', () => {
    const codes = [...find('codes').children].map(({ textContent }) => textContent);
    saveText('recovery-codes.txt', `${codes.join('\n')}\n`);
  });
  submits('remove', async ({ password, code }) => {
    await ask(removeDocument, { password, code });
    showSecondFactor(false);
  });
}

export function showSecondFactor(isOn) {
  find('factor-state').textContent = isOn
    ? 'On: signing in takes your password and a code.'
    : 'Off: signing in takes your password alone.';
  shown({ begin: !isOn, secret: false, confirm: false, recovery: false, removal: isOn });
  find('removal').open = false;
  for (const id of ['codes', 'qr', 'key']) find(id).replaceChildren();
}

function shown(parts) {
  for (const [id, isShown] of Object.entries(parts)) find(id).hidden = !isShown;
}

const confirmDocument = `mutation Confirm($code: String!) {
  confirmSecondFactor(input: { code: $code }) { recoveryCodes }
}`;

const removeDocument = `mutation TurnOff($password: String!, $code: String!) {
  removeSecondFactor(input: { password: $password, code: $code }) { id }
}`;
