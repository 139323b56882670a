import { find } from '../element.js';
import { ask } from '../server.js';
import { button, entry, moment } from './entries.js';

/** Lists the invitations to the user's address; `answered` is called after an answer to one. */
export async function showInvitations(answered) {
  const { myInvitations } = await ask(
    'query Invitations { myInvitations { id organizationName invitedByName expiresAt } }',
  );
  find('invited').hidden = !myInvitations.length;
  find('invitations').replaceChildren(
    ...myInvitations.map(({ id, organizationName, invitedByName, expiresAt }) => {
      const answer = (text, name) =>
        button(text, organizationName, find('invitations-problem'), async () => {
          await ask(`mutation Answer($id: ID!) { ${name}(id: $id) { id } }`, { id });
          await answered();
        });
      return entry(
        organizationName,
        `from ${invitedByName}, until ${moment(expiresAt)}`,
        answer('Accept', 'acceptInvitation'),
        answer('Decline', 'declineInvitation'),
      );
    }),
  );
}
