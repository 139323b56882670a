import type { GraphQLField, GraphQLResolveInfo, GraphQLSchema, OperationTypeNode } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import { allow, deny, type IRules, rule, shield } from 'graphql-shield';
import {
  activeOrganizationOf,
  demand,
  demandMembership,
  holds,
  isPrivileged,
  notForApiKeys,
  type Viewer,
} from '../auth/viewer.js';
import { Forbidden } from '../errors.js';
import type { Demand } from './rights.js';

/** The part of a request's context that rules read. */
interface Caller {
  readonly viewerOrError: Viewer | Error;
}

export type Rule = ReturnType<ReturnType<typeof rule>> | typeof allow;
export type RuleMap = Record<string, Record<string, Rule>>;

/** The sentence of each rule for the descriptions of the fields that it guards. */
const sentences = new WeakMap<object, string>();

/** The check of each rule, for mutations that repeat it. */
const checks = new WeakMap<object, Check>();
// biome-ignore lint/suspicious/noExplicitAny: each rule knows its own parent and arguments
type Check = (viewer: Viewer, parent: any, args: any) => void;

/** Whether API keys may use what a rule guards: always, unless it is a mutation, or never. */
type ForApiKeys = 'always' | 'to read' | 'never';

const openness = new WeakMap<object, ForApiKeys>();

/**
 * Makes a rule of a check that throws what is missing. Its name says in the schema what the field needs. Results are
 * not cached, since a mutation may change them.
 */
function ruleOf<Parent, Args>(
  name: string,
  check: (viewer: Viewer, parent: Parent, args: Args) => void,
  forApiKeys: ForApiKeys = 'always',
): Rule {
  const shieldRule = rule(name, { cache: 'no_cache' })(
    (parent: Parent, args: Args, { viewerOrError }: Caller, { operation }: GraphQLResolveInfo) => {
      if (viewerOrError instanceof Error) return viewerOrError;
      if (viewerOrError.apiKey && isForPeople(forApiKeys, operation.operation)) return notForApiKeys();
      try {
        check(viewerOrError, parent, args);
        return true;
      } catch (error) {
        return error as Error;
      }
    },
  );
  checks.set(shieldRule, check);
  sentences.set(shieldRule, `Needs ${name}.`);
  openness.set(shieldRule, forApiKeys);
  return shieldRule;
}

const isForPeople = (forApiKeys: ForApiKeys, operation: `${OperationTypeNode}`): boolean =>
  forApiKeys === 'never' || (forApiKeys === 'to read' && operation === 'mutation');

/** A rule that depends on the viewer alone. */
const viewerRule = (name: string, check: (viewer: Viewer) => void, forApiKeys?: ForApiKeys): Rule =>
  ruleOf(name, check, forApiKeys);

/** Needs no token. Root fields with this rule do not look up the viewer. */
export const everybody = allow;
sentences.set(everybody, 'Needs no sign-in.');
openness.set(everybody, 'to read');

/** Root fields that need no token. */
export interface OpenFields {
  open: ReadonlySet<string>;
  /** Those that API keys may not use. Their rule does not look at the caller, so the executor refuses them. */
  openToPeople: ReadonlySet<string>;
}

export function openFieldsOf(features: readonly RuleMap[]): OpenFields {
  const fields = features.flatMap(({ Query = {}, Mutation = {} }) => [
    ...Object.entries(Query).map(([name, guarding]) => ({ name, guarding, operation: 'query' as const })),
    ...Object.entries(Mutation).map(([name, guarding]) => ({ name, guarding, operation: 'mutation' as const })),
  ]);
  const open = fields.filter(({ guarding }) => guarding === everybody);
  const toPeople = open.filter(({ guarding, operation }) => isForPeople(opennessOf(guarding), operation));
  return { open: new Set(open.map(({ name }) => name)), openToPeople: new Set(toPeople.map(({ name }) => name)) };
}

const opennessOf = (guarding: Rule): ForApiKeys => openness.get(guarding) ?? 'always';

/** The viewer has signed in. The action demands the rest, which `needs` tells. */
export const signedInAnd = (needs: string): Rule => viewerRule(needs, () => undefined, 'to read');

export const signedIn = signedInAnd('sign-in only');

/** The viewer acts in an organization and is not suspended there. */
export const member = viewerRule('membership only', demandMembership, 'to read');

/** The same, also for API keys that change something. The action demands the rest, which `needs` tells. */
export const memberAnd = (needs: string): Rule => viewerRule(needs, demandMembership);

/** The viewer acts in an organization, even if suspended there. The action demands the rest, which `needs` tells. */
export const inOrganizationAnd = (needs: string): Rule => viewerRule(needs, activeOrganizationOf, 'to read');

/** The viewer acts in no organization, or in one without being suspended there. */
export const unsuspended = viewerRule(
  'sign-in only; refused while suspended in the active organization',
  (viewer) => {
    if (viewer.organization) demandMembership(viewer);
  },
  'to read',
);

export const owner = viewerRule(
  'ownership of the organization',
  (viewer) => {
    demandMembership(viewer);
    if (!isPrivileged(viewer)) throw new Forbidden('OWNER_ONLY', 'Only an owner of the organization may do this');
  },
  'never',
);

/**
 * One rule for each permission; graphql-shield wants one object for each name, so each is made only once. API keys do
 * not change the resources of `access`.
 */
export const permissionRules = <Name extends string>(
  names: readonly Name[],
  { access }: { access: readonly string[] },
): Record<Name, Rule> =>
  Object.fromEntries(
    names.map((name) => {
      const isAccess = access.includes(name.split(':')[0]!);
      return [name, viewerRule(name, (viewer) => demand(viewer, name), isAccess ? 'to read' : 'always')];
    }),
  ) as Record<Name, Rule>;

const rulesOfSeveral = new Map<string, Rule>();

/** The viewer holds all of these permissions; the same ones always give the same rule. */
export function allPermissions(...permissions: string[]): Rule {
  const name = permissions.join(' and ');
  const made =
    rulesOfSeveral.get(name) ??
    viewerRule(name, (viewer) => {
      for (const permission of permissions) demand(viewer, permission);
    });
  rulesOfSeveral.set(name, made);
  return made;
}

/** The viewer holds at least one of two permissions; the error names the first. */
export const either = (first: string, second: string): Rule =>
  viewerRule(`${first} or ${second}`, (viewer) => demand(viewer, holds(viewer, second) ? second : first));

const rulesOfPeople = new Map<string, Rule>();

/** The viewer is a person who holds the permission; the same one always gives the same rule. */
export function byPerson(permission: string): Rule {
  const made =
    rulesOfPeople.get(permission) ??
    viewerRule(`${permission} of a person`, (viewer) => demand(viewer, permission), 'never');
  sentences.set(made, `Needs ${permission}.`);
  rulesOfPeople.set(permission, made);
  return made;
}

/** The sentences that tell in the schema what a rule demands on a field of a type. */
export function needsOf(rule: Rule, typeName: string): string {
  const sentence = sentences.get(rule);
  if (!sentence) throw new Error('A rule of a described field has no sentence for the schema');
  const isClosed = isForPeople(opennessOf(rule), typeName === 'Mutation' ? 'mutation' : 'query');
  return isClosed ? `${sentence} Not for API keys.` : sentence;
}

/** A rule on a field that checks the field's record. */
export const parentRule = <Parent>(name: string, check: (parent: Parent, viewer: Viewer) => void): Rule =>
  ruleOf<Parent, unknown>(name, (viewer, parent) => check(parent, viewer));

/** A rule on a root field that reads the arguments, which are not validated yet. */
export const argumentRule = <Args>(
  name: string,
  check: (args: Args, viewer: Viewer) => void,
  forApiKeys?: ForApiKeys,
): Rule => ruleOf<unknown, Args>(name, (viewer, _parent, args) => check(args, viewer), forApiKeys);

/**
 * Wraps resolvers in their rules. A root field without a rule is denied; other fields without a rule stay unwrapped.
 */
export function guard(schema: GraphQLSchema, features: RuleMap[]): GraphQLSchema {
  const rules: RuleMap = {};
  for (const feature of features)
    for (const [type, fields] of Object.entries(feature)) rules[type] = { ...rules[type], ...fields };
  const roots = rootTypes.filter((type) => schema.getType(type));
  const tree = { ...rules, ...Object.fromEntries(roots.map((type) => [type, { ...rules[type], '*': deny }])) };
  const generator = shield(tree as IRules, {
    allowExternalErrors: true,
    fallbackRule: allow,
    fallbackError: new Forbidden('MISSING_PERMISSION', 'Nobody may use this operation'),
  });
  const middleware = Object.fromEntries(
    Object.entries(generator.generate(schema)).flatMap(([type, fields]) => {
      const guarded = Object.entries(fields).filter(([field]) => rootTypes.includes(type) || rules[type]?.[field]);
      return guarded.length ? [[type, Object.fromEntries(guarded)]] : [];
    }),
  );
  const guarded = applyMiddleware(schema, middleware);
  for (const type of [guarded.getMutationType(), guarded.getSubscriptionType()])
    for (const [name, field] of Object.entries(type?.getFields() ?? {})) {
      const check = checks.get(rules[type!.name]?.[name] ?? allow);
      field.extensions = { ...field.extensions, ...(check && { check }) };
    }
  return guarded;
}

const rootTypes = ['Query', 'Mutation', 'Subscription'];

/** The rule of a mutation or subscription, to repeat while the field runs. */
export function demandOf({ extensions }: Pick<GraphQLField<unknown, unknown>, 'extensions'>, args: unknown): Demand {
  const check = extensions.check as Check | undefined;
  return (viewer) => check?.(viewer, undefined, args);
}
