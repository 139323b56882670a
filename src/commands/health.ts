import { environment, ownUrl, readConfig } from '../platform/config.js';
import { fail } from '../platform/fail.js';

// Ends with 0 when the server of this environment is ready to serve, as a container's health check asks.
try {
  const { host, port } = readConfig(environment(), { serves: false });
  const { status } = await fetch(`${ownUrl(host, port)}/health/ready`, { signal: AbortSignal.timeout(5_000) });
  process.exitCode = status === 200 ? 0 : 1;
} catch (error) {
  fail(error);
}
