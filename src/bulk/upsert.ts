import { BadInput, NotFound } from '../platform/errors.js';
import { inputFieldsOf } from '../platform/records/inputs.js';
import type { Acting } from '../platform/tenancy/acting.js';
import type { TenantRecord } from '../platform/tenancy/tenant-record.js';
import { columns } from './keys.js';
import { namesIn } from './rows.js';
import type { Act } from './run.js';

interface Actions {
  // biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
  create: (acting: Acting, input: any) => Promise<TenantRecord>;
  // biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
  update: (acting: Acting, id: string, input: any) => Promise<TenantRecord>;
  createName: string;
  updateName: string;
}

/** Changes the record with that key, else creates it; ids and numbers are given by the server, so those must exist. */
export function upsert(type: new () => TenantRecord, { create, update, createName, updateName }: Actions): Act {
  const [creatable, changeable] = [inputFieldsOf(createName), inputFieldsOf(updateName)];
  const required = [...creatable.values()].filter((spec) => spec.required).map(({ name }) => name);
  return async (acting, { by, input }) => {
    const [first, ...others] = namesIn({ by });
    if (!first || others.length)
      throw new BadInput([{ path: 'by', code: 'INVALID', message: 'must name exactly one key' }]);
    const [key, value] = first;
    const [known] = await acting.find(type, columns[key], value, 'none');
    if (known) return update(acting, known.id, only(changeable, input));
    if (key === 'id' || key === 'code') throw new NotFound(`by.${key}`);
    const made: Record<string, unknown> = { [key]: value, ...only(creatable, input) };
    const missing = required.filter((name) => made[name] == null);
    if (missing.length)
      throw new BadInput(
        missing.map((name) => ({ path: `input.${name}`, code: 'REQUIRED', message: 'must be given to create one' })),
      );
    return create(acting, made);
  };
}

const only = (fields: ReadonlyMap<string, unknown>, input: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([name]) => fields.has(name)));
