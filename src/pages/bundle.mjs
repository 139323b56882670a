import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

const outdir = fileURLToPath(new URL('../../dist.next/public/', import.meta.url));
const source = (path) => fileURLToPath(new URL(path, import.meta.url));

const shared = { bundle: true, minify: true, outdir, legalComments: 'none', logLevel: 'warning', target: 'es2022' };

// Names of chunks contain a hash, so chunks of earlier builds would pile up.
await rm(outdir, { recursive: true, force: true });
await Promise.all([
  build({
    ...shared,
    entryPoints: {
      explorer: source('client/explorer/explorer.js'),
      dashboard: source('client/dashboard/dashboard.js'),
      account: source('client/account/account.js'),
      changes: source('client/changes/changes.js'),
      'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
      'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
      'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
    },
    format: 'esm',
    // With splitting, the page and its workers share graphql-js, and the sign-in does not wait for GraphiQL.
    splitting: true,
    chunkNames: '[name]-[hash]',
    define: { 'process.env.NODE_ENV': '"production"' },
    // GraphiQL imports prettier's old CommonJS builds, whose parsers prettier does not find in a bundle.
    alias: { 'prettier/parser-graphql': 'prettier/plugins/graphql', 'prettier/parser-babel': 'prettier/plugins/babel' },
    // GraphiQL's stylesheet below already contains the editor's.
    loader: { '.css': 'empty' },
  }),
  build({
    ...shared,
    entryPoints: {
      explorer: source('client/explorer/explorer.css'),
      dashboard: source('client/dashboard/dashboard.css'),
      account: source('client/account/account.css'),
      changes: source('client/changes/changes.css'),
      graphiql: 'graphiql/style.css',
    },
  }),
]);

// Brotli at quality 6 takes 0.2 s for all files and reduces them to 28.6 % of their size. Quality 9 takes 0.8 s for
// 28.2 %, and quality 10 takes 4 s for 26.6 %.
const brotli = (text) =>
  promisify(brotliCompress)(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
  });

/** Writes compressed copies next to the bundles, under the names that @fastify/static expects. */
await Promise.all(
  (await readdir(outdir)).map(async (name) => {
    const file = join(outdir, name);
    const text = await readFile(file);
    await Promise.all([
      brotli(text).then((bytes) => writeFile(`${file}.br`, bytes)),
      promisify(gzip)(text).then((bytes) => writeFile(`${file}.gz`, bytes)),
    ]);
  }),
);
