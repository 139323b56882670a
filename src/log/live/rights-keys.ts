import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { callerIdOf, holds, type Viewer } from '../../platform/auth/viewer.js';
import { recordNamed } from '../../platform/records/record.js';

/**
 * Fields that show everybody the same that has the same permissions, as ids and stored fields of records do. All other
 * fields may depend on who asks.
 */
const impersonal = new Set([
  ...['ChangeEvent.cursor', 'ChangeEvent.change'],
  ...['Change.fields', 'Change.record', 'ChangeSet.actor'],
  ...['name', 'before', 'after', 'beforeLabel', 'afterLabel'].map((field) => `FieldChange.${field}`),
]);

/** Whether two callers with the same permissions may get different answers to the same event. */
export function isPersonal({ schema, fragments, fieldNodes, returnType }: GraphQLResolveInfo): boolean {
  return fieldNodes.some(
    ({ selectionSet }) => selectionSet && hasPersonal(schema, fragments, getNamedType(returnType), selectionSet),
  );
}

function hasPersonal(
  schema: GraphQLSchema,
  fragments: Record<string, FragmentDefinitionNode>,
  type: GraphQLNamedType,
  { selections }: SelectionSetNode,
): boolean {
  return selections.some((node) => {
    if (node.kind === Kind.FIELD) return isPersonalField(schema, fragments, type, node);
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments[node.name.value]!;
    const about = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value)! : type;
    return hasPersonal(schema, fragments, about, fragment.selectionSet);
  });
}

function isPersonalField(
  schema: GraphQLSchema,
  fragments: Record<string, FragmentDefinitionNode>,
  type: GraphQLNamedType,
  { name: { value: name }, selectionSet }: FieldNode,
): boolean {
  if (name.startsWith('__')) return false;
  if (!isObjectType(type) && !isInterfaceType(type)) return true;
  const property = recordNamed(type.name)?.properties.get(name);
  const isStored = isInterfaceType(type) || (property && !property.sql && !property.seenAs && !property.permission);
  if (name !== 'id' && !isStored && !impersonal.has(`${type.name}.${name}`)) return true;
  const below = getNamedType(type.getFields()[name]!.type);
  return Boolean(selectionSet && hasPersonal(schema, fragments, below, selectionSet));
}

const known = new WeakMap<Viewer, string>();

/**
 * A text that is the same for callers who see the same. Superusers are not always members, and may see no other
 * superuser's account.
 */
export function rightsKey(viewer: Viewer, isPersonal: boolean): string {
  const shared = known.get(viewer) ?? keyOf(viewer);
  known.set(viewer, shared);
  return isPersonal || viewer.isSuperuser ? `${shared} ${callerIdOf(viewer)}` : shared;
}

function keyOf(viewer: Viewer): string {
  const { isOwner, isSuspended, permissions } = viewer.organization!;
  return JSON.stringify([Boolean(viewer.apiKey), isOwner, isSuspended, [...permissions].sort()]);
}

/** Whether the viewer sees the pay of one employee only: their own. */
export const seesOwnPayOnly = (viewer: Viewer): boolean =>
  viewer.organization!.selfId !== null && !holds(viewer, 'employee:update');
