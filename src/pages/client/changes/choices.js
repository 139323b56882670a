import { find } from '../element.js';
import { ask, recordTypes } from '../server.js';
import { choicesDocument, peopleDocument } from './documents.js';
import { typeName } from './words.js';

const ids = ['view', 'person', 'type', 'source', 'from', 'to'];
const inAddress = (id) => new URLSearchParams(location.search).get(id) ?? '';

/** Restores the choices from the address; the person is restored when the people are known. */
export function recallChoices() {
  find('type').replaceChildren(
    new Option('All types', ''),
    ...recordTypes.map((type) => new Option(typeName(type), type)),
  );
  for (const id of ids.filter((one) => one !== 'person')) recall(id);
}

function recall(id) {
  const field = find(id);
  const wanted = inAddress(id);
  if (!field.options || [...field.options].some(({ value }) => value === wanted)) field.value = wanted;
}

/** The change set that the address names; null if it names none. */
export const recalledSet = () => inAddress('set') || null;

/** Puts the choices and the open change set into the address, so that both survive a reload and can be shared. */
export function keepChoices(set = recalledSet()) {
  const chosenOnes = ids.filter((id) => find(id).value && find(id).value !== 'sets').map((id) => [id, find(id).value]);
  const parts = new URLSearchParams([...chosenOnes, ...(set ? [['set', set]] : [])]);
  history.replaceState(null, '', parts.size ? `?${parts}` : location.pathname);
}

/** The active organization, and whether the user sees the changes of everybody; null without an organization. */
export async function organizationOf() {
  const { organization, myPermissions } = await ask(choicesDocument);
  if (!organization) return null;
  const seesAll = myPermissions.some(
    ({ resource, actions }) => resource === 'organization' && actions.includes('update'),
  );
  return { ...organization, seesAll, people: seesAll ? await peopleOf() : [] };
}

async function peopleOf() {
  const people = [];
  let after = null;
  do {
    const { nodes, pageInfo } = (await ask(peopleDocument, { after })).organizationMembers;
    people.push(...nodes);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  return people.sort((one, other) => one.user.fullName.localeCompare(other.user.fullName));
}

/** Offers the people of an organization to those who see the changes of everybody. */
export function offer({ people, seesAll }) {
  const select = find('person');
  const wanted = select.options.length ? select.value : inAddress('person');
  select.replaceChildren(
    new Option('Everybody', ''),
    ...people.map(({ isActive, user }) => new Option(isActive ? user.fullName : `${user.fullName} (former)`, user.id)),
    new Option('API keys and the server', 'none'),
  );
  if ([...select.options].some(({ value }) => value === wanted)) select.value = wanted;
  select.closest('label').hidden = !seesAll;
}

/** The chosen list and its filter; throws if the range ends before it begins. */
export function chosen() {
  const [view, person, type, source] = ['view', 'person', 'type', 'source'].map((id) => find(id).value);
  const [from, to] = ['from', 'to'].map((id) => (find(id).validity.valid ? find(id).value : ''));
  if (from && to && from > to) throw new Error('The range ends before it begins.');
  const at = (from || to) && { at: { ...(from && { from }), ...(to && { to }) } };
  const by = {
    ...(person && { userId: person === 'none' ? { isNull: true } : { eq: person } }),
    ...(source && { source: { eq: source } }),
  };
  const isNarrowed = Boolean(at || person || type || source);
  const filter =
    view === 'deleted'
      ? { ...at, ...(type && { recordType: { eq: type } }), ...((person || source) && { changeSet: by }) }
      : { ...at, ...by, ...(type && { recordTypes: { has: type } }) };
  return { view, filter, isNarrowed };
}
