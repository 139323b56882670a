import { isIP } from 'node:net';

/** Proxies whose X-Forwarded-For counts: a number of hops, or networks; false for none. */
export type TrustedProxies = number | string[] | false;

/**
 * `true` is one hop, as with a number: the last address of X-Forwarded-For, which the proxy itself has added. Those
 * before it were sent by the client, who could choose a new one for each request.
 */
export function trustedProxies(text: string): TrustedProxies {
  if (text === 'false') return false;
  if (text === 'true') return 1;
  if (/^[1-9]$/.test(text)) return Number(text);
  const networks = text.split(',').map((network) => network.trim());
  if (!networks.every(isNetwork))
    throw new Error(
      `must be true, false, a number of proxies from 1 to 9, or networks such as 10.0.0.0/8, not "${text}"`,
    );
  return networks;
}

/** Whether it is an address, or a network in CIDR notation. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (!version || rest.length) return false;
  // A network of all addresses would trust the client itself.
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128));
}
