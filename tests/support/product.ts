import type {} from './environment.js';

/** The copy of the product that the files of a Jest worker share, or one of the file's own. */
export const { servers } = globalThis.sharedServers
  ? { servers: globalThis.sharedServers }
  : await import('./servers.js');
