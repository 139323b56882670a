import type { Sent } from './generate.js';
import type { Operation } from './operations.js';
import { mark, nowhere, type World } from './world.js';

const uuids = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;
const marked = new RegExp(`${mark}[\\w-]*`, 'gi');

/** These records of an organization are known to each of its members, whichever organization is active. */
const membersKnow = ['organization', 'membership', 'profile', 'role', 'permission'];

/** An answer whose cursors are spelled out, without their signatures. */
const opened = (answer: string): string =>
  answer.replace(/("\w*[cC]ursor":)"([\w-]+)"/g, (_, name, cursor) => {
    const [, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return name + JSON.stringify(values);
  });

/** Ids and texts of the other organization in an answer, without those that the caller has sent. */
export function strangeIn(answer: string, { operation, caller, organizationId }: Sent, world: World): string[] {
  if (caller.isInBoth && organizationId === world.foreign.id) return [];
  const sent = JSON.stringify([operation.variables, organizationId]).toLowerCase();
  const isKnown = (id: string) =>
    !foreignIds(world).has(id) || (caller.isInBoth && membersKnow.some((kind) => world.foreignIds[kind]!.includes(id)));
  const text = opened(answer);
  const ids = (text.match(uuids) ?? []).filter((id) => !isKnown(id) && !sent.includes(id));
  const texts = (text.match(marked) ?? []).filter((word) => {
    if (caller.isInBoth && /^zanzibar(-ltd|$|-(organizations|roles|permissions|user_profiles))/i.test(word))
      return false;
    // Slugs are made of names.
    return !sent.includes(word.toLowerCase()) && !sent.replaceAll(' ', '-').includes(word.toLowerCase());
  });
  return [...new Set([...ids, ...texts])];
}

/**
 * An answer without what differs between two runs of one operation: new ids, moments, tokens and the request's id. Rows
 * of a bulk call share the statements of look-ups that they need in the same turn of the event loop, so that the number
 * of statements depends on when PostgreSQL's answers arrive.
 */
export function comparable(answer: string, { isBulk }: Operation, world: World): string {
  const known = new Set([...Object.values(world.ownIds).flat(), ...Object.values(world.foreignIds).flat(), ...nowhere]);
  const seen = new Map<string, string>();
  return (
    opened(answer)
      .replace(/"requestId":"[^"]*"/g, '')
      .replace(isBulk ? /,"statements":\d+/ : '', '')
      // Cursors of the log are encrypted, each time anew.
      .replace(/"[0-9a-f]{8}\.[\w-]{60,}"/g, '"a cursor"')
      .replace(/"(accessToken|refreshToken|deviceToken|ticket|secret|prefix|secretPrefix|otpauthUri)":"[^"]*"/g, '')
      .replace(uuids, (id) => {
        if (known.has(id)) return id;
        if (!seen.has(id)) seen.set(id, `#${seen.size}`);
        return seen.get(id)!;
      })
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?/g, 'a moment')
  );
}

const sets = new WeakMap<World, Set<string>>();

function foreignIds(world: World): Set<string> {
  const ids = sets.get(world) ?? new Set(Object.values(world.foreignIds).flat());
  sets.set(world, ids);
  return ids;
}
