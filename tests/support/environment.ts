import { TestEnvironment } from 'jest-environment-node';
import { type Servers, servers } from './servers.js';

declare global {
  /** Of the Jest worker; absent where each file has servers of its own. */
  var sharedServers: Servers | undefined;
}

/** A worker ends when nothing keeps it: Jest no longer listens to its parent then, or the parent was killed. */
function letWorkerEnd(): void {
  process.off('disconnect', letWorkerEnd);
  servers.close().catch((error: unknown) => console.error(error));
}
if (process.send)
  process.on('disconnect', letWorkerEnd).on('removeListener', (event) => event === 'message' && letWorkerEnd());

/** Lets the test files of a Jest worker share servers that run outside of their module graphs. */
export default class extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    this.global.sharedServers = servers;
  }
}
