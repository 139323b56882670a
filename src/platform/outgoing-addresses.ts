import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** The address of a receiver is not public. */
export class AddressRefused extends Error {
  constructor() {
    super('The address is not public; webhooks send to public addresses only');
  }
}

export type Networks = BlockList;

/** Networks in CIDR notation or single addresses; throws if a text is none. */
export function networksOf(text: string): Networks {
  const networks = new BlockList();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [address = '', bits, ...rest] = part.split('/');
    const family = familyOf(address);
    const most = family === 'ipv4' ? 32 : 128;
    if (!isIP(address) || rest.length || (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= most)))
      throw new Error(`must list networks such as 127.0.0.0/8, not "${part}"`);
    networks.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return networks;
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

export const noNetworks: Networks = new BlockList();
export const loopback: Networks = networksOf('127.0.0.0/8,::1');

/** Outside of it, only some of what is not public has a name. */
const globalUnicast = networksOf('2000::/3');

/**
 * Whether a request may go to an address: only if it is public and not one of this machine, or in one of the networks.
 * An IPv4 address in one of IPv6 counts as itself.
 */
export function isAllowed(text: string, networks: Networks): boolean {
  const [plain = ''] = text.split('%');
  if (!isIP(plain)) return false;
  const address = ipaddr.process(plain);
  const [canonical, family] = [address.toString(), address.kind()];
  if (networks.check(canonical, family)) return true;
  const isGlobal = family === 'ipv4' || globalUnicast.check(canonical, family);
  return isGlobal && address.range() === 'unicast' && !isOwn(canonical);
}

function isOwn(canonical: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  return own.some((text) => ipaddr.process(text.split('%')[0]!).toString() === canonical);
}

type Found = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/**
 * Resolves names for sockets, which connect to one of these addresses without asking again. Fails unless all of them
 * are allowed: a name that also stands for an inner address is not meant for the public.
 */
export const lookupAllowed =
  (networks: Networks) =>
  (name: string, options: LookupOptions, found: Found): void => {
    lookup(name, { ...options, all: true }).then(
      (addresses) => {
        if (!addresses.length || !addresses.every(({ address }) => isAllowed(address, networks)))
          return found(new AddressRefused());
        if (options.all) return found(null, addresses);
        const [{ address, family }] = addresses as [LookupAddress];
        return found(null, address, family);
      },
      (error: Error) => found(error),
    );
  };
