import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BadInput, type Fault } from '../errors.js';
import { limits, tooComplex } from './limits.js';

const bodyFault = (message: string) => new BadInput([{ path: 'body', code: 'INVALID', message }]);

/** A function that reads JSON bodies; it throws if one is not UTF-8, not JSON, or has a key `__proto__`. */
export function readerOfBodies(server: FastifyInstance) {
  // Bodies contain GraphQL variables of any name, so only `__proto__` is refused.
  const parse = promisify(server.getDefaultJsonParser('error', 'ignore'));
  return async (request: FastifyRequest, bytes: Buffer): Promise<unknown> => {
    // Decoding would replace what is wrong, and different passwords would become the same.
    if (!isUtf8(bytes)) throw bodyFault('must be UTF-8');
    const text = bytes.toString();
    return parse(request, text).catch((error: Error) => {
      throw isJson(text) ? bodyFault('must not have a key `__proto__`') : error;
    });
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Throws if the body is not a GraphQL request, or if its document is too long to parse. */
export function checkBody(body: unknown): void {
  const { query, variables, operationName, extensions } = (body ?? {}) as Record<string, unknown>;
  const faults: Fault[] = [];
  const expect = (isValid: boolean, path: string, message: string) => {
    if (!isValid) faults.push({ path, code: 'INVALID', message });
  };
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  expect(
    isObject(body),
    'body',
    'must be one JSON object with query, variables and operationName; batches are not supported',
  );
  // Apollo answers these itself, with the error that makes its clients send the whole document.
  const isPersistedQuery =
    query == null && Boolean((extensions as { persistedQuery?: unknown } | null)?.persistedQuery);
  const isDocument = typeof query === 'string' && query !== '';
  expect(isPersistedQuery || isDocument, 'query', 'must be the text of a GraphQL document');
  expect(variables == null || isObject(variables), 'variables', 'must be a JSON object');
  expect(operationName == null || typeof operationName === 'string', 'operationName', 'must be a string');
  expect(extensions == null || isObject(extensions), 'extensions', 'must be a JSON object');
  if (faults.length) throw new BadInput(faults);
  const bytes = Buffer.byteLength((query ?? '') as string);
  if (bytes > limits.documentBytes)
    throw tooComplex(`The document has ${bytes} bytes, at most ${limits.documentBytes} are allowed`);
}
