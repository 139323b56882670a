import { ownUrl, readConfig } from '../platform/config.js';
import { environment } from '../platform/environment.js';
import { fail } from '../platform/fail.js';

// A container's health check: exits with 0 if the server of this environment is ready.
try {
  const { host, port } = readConfig(environment(), { serves: false });
  const { status } = await fetch(`${ownUrl(host, port)}/health/ready`, { signal: AbortSignal.timeout(5_000) });
  process.exitCode = status === 200 ? 0 : 1;
} catch (error) {
  fail(error);
}
