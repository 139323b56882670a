import { existsSync } from 'node:fs';
import { ConfigError } from './config.js';

const leastNode = 22;

/**
 * The environment, including variables of the file `.env` in the working directory. Throws a ConfigError if Node is too
 * old.
 */
export function environment(): NodeJS.ProcessEnv {
  if (Number.parseInt(process.versions.node, 10) < leastNode)
    throw new ConfigError(
      `Node ${process.versions.node} is too old: use ${leastNode} or later, e.g. the one that npm installs, with ` +
        'npm run start:prod',
    );
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
