import type { GraphQLResolveInfo } from 'graphql';
import { Permission, Role } from '../crm/access/role.js';
import { Activity } from '../crm/activities/activity.js';
import { ApiKey } from '../crm/api-keys/api-key.js';
import { Customer } from '../crm/customers/customer.js';
import { Deal } from '../crm/deals/deal.js';
import { Employee } from '../crm/employees/employee.js';
import { Lead } from '../crm/leads/lead.js';
import { Organization } from '../crm/organizations/organization.js';
import { Pipeline } from '../crm/pipelines/pipeline.js';
import { PipelineStage } from '../crm/pipelines/pipeline-stage.js';
import { User } from '../crm/users/user.js';
import { Vendor } from '../crm/vendors/vendor.js';
import type { Class } from '../platform/class.js';
import type { Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';

/** The properties by which people know a record, written with a colon between them, as in `customer:read`. */
const names = new Map<Class, readonly string[]>([
  [Customer, ['name']],
  [Lead, ['name']],
  [Deal, ['title']],
  [Activity, ['title']],
  [Employee, ['fullName']],
  [Vendor, ['name']],
  [Pipeline, ['name']],
  [PipelineStage, ['name']],
  [Organization, ['name']],
  [User, ['fullName']],
  [Role, ['name']],
  [Permission, ['resource', 'action']],
  [ApiKey, ['name']],
]);

/** A value that may be the id of a record. */
export interface Referring {
  record: Class | null;
  id: unknown;
}

/** Names a record; null if it has no label, or if the value is no id. */
const keyOf = ({ record, id }: Referring): string | null =>
  record && names.has(record) && typeof id === 'string' ? `${[...names.keys()].indexOf(record)} ${id}` : null;

/** The present name of a record; null if it is gone or the viewer sees none. One statement for each type. */
export async function labelOf(read: Reader, info: GraphQLResolveInfo, referring: Referring): Promise<string | null> {
  const key = keyOf(referring);
  return key && read.load(info, key, (keys) => labelsOf(read, keys));
}

/** The present names of records, as `labelOf` tells them. */
export async function labelsFor(read: Reader, referring: readonly Referring[]): Promise<(string | null)[]> {
  const keys = referring.map(keyOf);
  const known = keys.filter((key) => key !== null);
  const labels = await labelsOf(read, known);
  const byKey = new Map(known.map((key, place) => [key, labels[place]!]));
  return keys.map((key) => (key ? (byKey.get(key) ?? null) : null));
}

async function labelsOf(read: Reader, keys: readonly string[]): Promise<(string | null)[]> {
  const wanted = keys.map((key) => {
    const [place, id] = key.split(' ') as [string, string];
    return { place: Number(place), id };
  });
  const labels = new Map<string, string | null>();
  await Promise.all(
    [...Map.groupBy(wanted, ({ place }) => place)].map(async ([place, ofType]) => {
      const [record, parts] = [...names][place]!;
      const ids = [...new Set(ofType.map(({ id }) => id))];
      const rows = await read.byKeys<Record<string, string>>(
        record as Class<Record<string, string>>,
        'id',
        ids,
        Selection.from(Object.fromEntries(parts.map((part) => [part, new Selection()]))),
      );
      for (const [id, [row]] of rows) if (row) labels.set(id, parts.map((part) => row[part]).join(':') || null);
    }),
  );
  return wanted.map(({ id }) => labels.get(id) ?? null);
}
