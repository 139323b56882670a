import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import type { TrustedProxies } from '../trusted-proxies.js';

type IsTrusted = (address: string, hop: number) => boolean;

/** Tells which addresses of X-Forwarded-For are those of trusted proxies. Fastify's types know no number of hops. */
export function trusting(proxies: TrustedProxies): IsTrusted {
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies;
  return proxies ? proxyAddr.compile(proxies) : () => false;
}

/** The address of the client behind the trusted proxies, as Fastify finds it for requests. */
export function clientAddressBehind(proxies: TrustedProxies): (request: IncomingMessage) => string {
  const isTrusted = trusting(proxies);
  return (request) => proxyAddr(request, isTrusted);
}
