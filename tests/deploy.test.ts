import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateKey } from '../src/platform/auth/tokens.js';
import { readConfig } from '../src/platform/config.js';
import { ask, launch, stop, urlOf } from './support/boot.js';
import { sql, urlsOf } from './support/database.js';

// Without a container engine: the commands of Dockerfile and compose.yaml, run in copies of what they would see.
const [build, run] = readFileSync('Dockerfile', 'utf8')
  .split(/^FROM .*$/m)
  .slice(1) as [string, string];
const compose = readFileSync('compose.yaml', 'utf8');

// Beside the project, because only the same disk can hold hard links.
const folder = resolve(mkdtempSync('.data-image-'));
const [built, image, secrets] = ['built', 'image', 'secrets'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const path = `${join(image, 'node_modules/.bin')}:${process.env.PATH}`;

const database = `crm_deploy_${process.pid}`;
const { databaseUrl, migrationDatabaseUrl } = urlsOf(database);

const linesOf = (stage: string, word: string): string[] =>
  [...stage.matchAll(new RegExp(`^${word} (.*)$`, 'gm'))].map(([, rest]) => rest!);

/** Environment of the server as compose.yaml sets it, with the secrets where they are here. */
function composed(): Record<string, string> {
  const [, lines] = /environment:\n((?: {6}.*\n)+)/.exec(compose)!;
  const pairs = [...lines!.matchAll(/^ {6}(\w+): "?([^"\n]*)"?$/gm)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value!.replace('/run/secrets', secrets)]));
}

beforeAll(async () => {
  for (const name of [built, image, secrets]) mkdirSync(name);
  const sent = readFileSync('.dockerignore', 'utf8').match(/(?<=^!).+/gm)!;
  execFileSync('cp', ['-R', '--parents', ...sent, built]);
  for (const line of linesOf(build, 'COPY'))
    for (const name of line.split(' ').slice(0, -1)) expect(existsSync(join(built, name))).toBe(true);
  // `npm ci` is the first command of the README, and has been run.
  execFileSync('cp', ['-al', 'node_modules', built]);
  const commands = linesOf(build, 'RUN');
  expect(commands).toEqual(['npm ci', 'npm run build', 'npm prune --omit=dev']);
  for (const command of commands.slice(1))
    execFileSync('sh', ['-c', command], {
      cwd: built,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      stdio: 'pipe',
    });
  for (const line of linesOf(run, 'COPY')) {
    const [, from, to] = /^--from=build \/crm\/(\S+) (\S+)$/.exec(line)!;
    execFileSync('cp', ['-al', join(built, from!), join(image, to!)]);
  }
  const files = {
    database_url: databaseUrl,
    migration_database_url: migrationDatabaseUrl,
    token_keys: JSON.stringify([await generateKey()]),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(secrets, name), `${text}\n`);
  await sql(`create database ${database} owner crm_owner`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the command of the image serves, reports that it is ready, and stops at SIGTERM', async () => {
  const port = String(20_000 + (process.pid % 20_000));
  const env = { PATH: path, NODE_ENV: 'production', LOG_LEVEL: 'silent', ...composed(), PORT: port };
  const [command, ...args] = JSON.parse(linesOf(run, 'CMD')[0]!) as string[];
  const [health, ...of] = JSON.parse(/^HEALTHCHECK .*CMD (.*)$/m.exec(run)![1]!) as string[];
  const isHealthy = () => {
    try {
      execFileSync(health!, of, { cwd: image, env, stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  };
  expect(isHealthy()).toBe(false);
  const server = launch(command!, args, image, env);
  const url = await urlOf(server);
  expect(isHealthy()).toBe(true);
  const register = `mutation { register(input: {
    email: "ada@deploy.example", username: "ada", password: "correct-horse",
    organizationName: "Ada" }) { user { username } } }`;
  expect((await ask(url, register)).errors).toBeUndefined();
  expect((await ask(url, register)).errors).toMatchObject([{ extensions: { reason: 'REGISTRATION_CLOSED' } }]);
  expect(await stop(server)).toBe(0);
});

test('every variable that the server reads stands in the README, and no other is set in the examples', () => {
  const read = new Set<string>();
  const recording = new Proxy<NodeJS.ProcessEnv>({}, { get: (_, name) => void read.add(String(name)) });
  readConfig(recording, { serves: false });
  const named = [...read].filter((name) => !name.endsWith('_FILE'));
  const rows = readFileSync('README.md', 'utf8').match(/^\| `[A-Z_`, ]+`/gm)!;
  expect(rows.flatMap((row) => row.match(/[A-Z_]{3,}/g)!).sort()).toEqual(named.sort());
  const example = readFileSync('.env.example', 'utf8').match(/^[A-Z_]+(?==)/gm)!;
  for (const name of [...example, ...Object.keys(composed())]) expect([...read]).toContain(name);
});
