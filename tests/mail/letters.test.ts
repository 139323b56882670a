import { expect, test } from '@jest/globals';
import axe from 'axe-core';
import { messageOf } from '../../src/crm/accounts/mail/letter.js';
import {
  changeEmail,
  emailChangeRequested,
  invitation,
  resetPassword,
  secondFactorAdded,
  verifyEmail,
} from '../../src/crm/accounts/mail/letters.js';
import { browser } from '../support/browser.js';

const link = `https://app.example.com/verify?token=${'Ab_-'.repeat(11)}&a=1`;
const newEmail = `${'very-long-name-'.repeat(6)}<b>&"@people.example`;
const organization = `Acme & Daughters <b>${'of-the-long-valley-'.repeat(5)}`;
const letters = {
  verifyEmail: verifyEmail(link),
  resetPassword: resetPassword(link),
  changeEmail: changeEmail(link),
  emailChangeRequested: emailChangeRequested({ newEmail }),
  secondFactorAdded: secondFactorAdded(),
  invitation: invitation(link, { organization_name: organization, invited_by_name: 'Pat <i>O\'Poe</i> & "Son"' }),
};
const devices = { phone: { width: 320, height: 640 }, desktop: { width: 1280, height: 800 } };

test.each(Object.entries(letters))(
  '%s is readable on phones and desktops, in light and in dark',
  async (name, letter) => {
    const { html } = messageOf('pat@people.example', letter);
    for (const [device, viewport] of Object.entries(devices))
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport, colorScheme });
        await page.setContent(html);
        if (process.env.SCREENSHOTS)
          await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${device}-${colorScheme}.png` });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
        await page.addScriptTag({ content: axe.source });
        const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] };
        expect([device, colorScheme, violations.map(({ id }) => id)]).toEqual([device, colorScheme, []]);
        const links = await page.locator('a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
        expect(links).toEqual(letter.button ? [link, link] : []);
        await page.close();
      }
  },
);

test('a text in a letter is never markup', () => {
  const { html } = messageOf('pat@people.example', letters.emailChangeRequested);
  expect(html).toContain('&lt;b&gt;&amp;&quot;@people.example');
  expect(html).not.toContain('<b>');
});

test('a name in an invitation is never markup, and is cut to 80 characters', () => {
  const { subject, text, html } = messageOf('pat@people.example', letters.invitation);
  const cut = `${organization.slice(0, 79)}…`;
  expect(subject).toBe(`Invitation to join ${cut}`);
  expect(text).toContain(`Pat <i>O'Poe</i> & "Son" invites you to work with ${cut} in Too Good CRM.`);
  expect(html).toContain('Pat &lt;i&gt;O&#39;Poe&lt;/i&gt; &amp; &quot;Son&quot; invites you');
  expect(html).toContain('Acme &amp; Daughters &lt;b&gt;of-the-long-valley-');
  expect(html).not.toMatch(/<[bi]>/);
  for (const part of [subject, text, html]) expect(part).not.toContain(organization.slice(0, 80));
});

test('the plain text says the same, with the link alone on its line', () => {
  const { text, html } = messageOf('pat@people.example', letters.resetPassword);
  expect(text.split('\n')).toContain(link);
  for (const sentence of letters.resetPassword.paragraphs) {
    expect(text).toContain(sentence);
    expect(html).toContain(sentence);
  }
});
