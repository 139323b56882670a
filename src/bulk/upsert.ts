import { demandImport } from '../crm/organizations/imports.js';
import type { Class } from '../platform/class.js';
import { Collision, NotFound, Taken } from '../platform/errors.js';
import { badInput, faultsBetween } from '../platform/records/check.js';
import { changedBy, type InputFault, inputSpecOf } from '../platform/records/inputs.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';
import type { ActionContext } from '../platform/tenancy/action-context.js';
import type { Key } from './keys.js';
import { namesIn } from './rows.js';
import type { Act } from './run.js';

interface Actions {
  // biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
  create: (acting: ActionContext, input: any) => Promise<TenantRecord>;
  // biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
  update: (acting: ActionContext, id: string, input: any) => Promise<TenantRecord>;
  inputs: { create: Class; update: Class };
}

type Input = Record<string, unknown>;

/** Updates the record with the given key, or creates it. An id or a code must exist, since the server assigns them. */
export function upsert(type: new () => TenantRecord, { create, update, inputs }: Actions): Act {
  const [creation, change] = [inputSpecOf(inputs.create), inputSpecOf(inputs.update)];
  const required = [...creation.fields.values()].filter((spec) => spec.required).map(({ name }) => name);
  return async (acting, { by, input }) => {
    const [[key, value]] = namesIn({ by }) as [[Key, string]];
    const [known] = await acting.find(type, { [key]: value }, 'none');
    if (known) {
      acting.subject = known.id;
      const changes = pick(input, (name) => change.fields.has(name));
      const fixed = changedBy(known, pick(input, (name) => !change.fields.has(name)) as object);
      throwFaults([...[...fixed].map(isFixed), ...faultsBetween(change, changes, acting.viewer, 'input')]);
      return update(acting, known.id, changes);
    }
    if (key === 'id' || key === 'code') throw new NotFound(`by.${key}`);
    const { addTags } = input;
    const made: Input = {
      ...(addTags && { tags: addTags }),
      ...pick(input, (name) => creation.fields.has(name)),
      [key]: value,
    };
    demandImport(acting.viewer, made);
    const missing = required.filter((name) => made[name] == null);
    throwFaults([...missing.map(isMissing), ...faultsBetween(creation, made, acting.viewer, 'input')]);
    try {
      return await create(acting, made);
    } catch (error) {
      // Another transaction has just created a record with the key. The retry finds it and updates it.
      if (error instanceof Taken && error.faults.some(({ path }) => path === `input.${key}`))
        throw new Collision(`${key} was taken meanwhile`, { cause: error });
      throw error;
    }
  };
}

const pick = (input: Input, isTaken: (name: string) => boolean): Input =>
  Object.fromEntries(Object.entries(input).filter(([name]) => isTaken(name)));

const isFixed = (name: string): InputFault => ({
  path: `input.${name}`,
  code: 'NOT_ALLOWED',
  message: 'is fixed when the record is created',
});

const isMissing = (name: string): InputFault => ({
  path: `input.${name}`,
  code: 'REQUIRED',
  message: 'must be given to create a record',
});

/** Throws one fault for each field; a fault between fields replaces one of the field itself. */
function throwFaults(faults: InputFault[]): void {
  const known = new Map(faults.map((fault) => [fault.path, fault]));
  if (faults.length) throw badInput([...known.values()]);
}
