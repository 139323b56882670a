import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** A network to which webhooks may send although it is not public. */
export type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** The address of a receiver is not public. */
export class AddressRefused extends Error {
  constructor() {
    super('The address is not public; webhooks send to public addresses only');
  }
}

/** Networks in CIDR notation or single addresses; throws if a text is none. */
export function networksOf(text: string): Network[] {
  return text.split(',').map((part) => {
    const network = part.trim();
    const [address = '', bits] = network.split('/');
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    if (!version || (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= most)))
      throw new Error(`must list networks such as 127.0.0.0/8, not "${network}"`);
    return [ipaddr.parse(address), bits === undefined ? most : Number(bits)];
  });
}

/**
 * Whether a request may go to an address: only if it is public, and not one of this machine. An IPv4 address in one of
 * IPv6 counts as itself.
 */
export function isAllowed(address: string, allowed: readonly Network[]): boolean {
  const [plain = ''] = address.split('%');
  if (!ipaddr.isValid(plain)) return false;
  const parsed = ipaddr.process(plain);
  if (allowed.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match([network, bits] as never)))
    return true;
  // Outside of 2000::/3, only some of what is not public has a name.
  const isGlobal = parsed.kind() === 'ipv4' || parsed.match([globalUnicast, 3] as never);
  return isGlobal && parsed.range() === 'unicast' && !isOwn(parsed);
}

const globalUnicast = ipaddr.parse('2000::');

function isOwn(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map((one) => one.address.split('%')[0]!));
  return own.some((text) => ipaddr.process(text).toNormalizedString() === address.toNormalizedString());
}

type Found = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/**
 * Resolves names for sockets, which connect to one of these addresses without asking again. Fails unless all of them
 * are allowed: a name that also stands for an inner address is not meant for the public.
 */
export const lookupAllowed =
  (allowed: readonly Network[]) =>
  (name: string, options: LookupOptions, found: Found): void => {
    lookup(name, { ...options, all: true }).then(
      (addresses) => {
        if (!addresses.length || !addresses.every(({ address }) => isAllowed(address, allowed)))
          return found(new AddressRefused());
        if (options.all) return found(null, addresses);
        const [{ address, family }] = addresses as [LookupAddress];
        return found(null, address, family);
      },
      (error: Error) => found(error),
    );
  };
