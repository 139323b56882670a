import type { GraphQLField, GraphQLSchema } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import { allow, deny, type IRules, rule, shield } from 'graphql-shield';
import { activeOrganizationOf, demand, demandMembership, holds, isPrivileged, type Viewer } from '../auth/viewer.js';
import { Forbidden } from '../errors.js';
import type { Demand } from './rights.js';

/** The part of a request's context that rules look at. */
interface Caller {
  readonly viewerOrError: Viewer | Error;
}

export type Rule = ReturnType<ReturnType<typeof rule>> | typeof allow;
export type RuleMap = Record<string, Record<string, Rule>>;

/** The check of each rule, for mutations that ask again. */
const checks = new WeakMap<object, Check>();
// biome-ignore lint/suspicious/noExplicitAny: each rule knows its own parent and arguments
type Check = (viewer: Viewer, parent: any, args: any) => void;

/** A rule by its check, which throws what is missing. Nothing is remembered: a mutation may change the answer. */
function ruleOf<Parent, Args>(name: string, check: (viewer: Viewer, parent: Parent, args: Args) => void): Rule {
  const made = rule(name, { cache: 'no_cache' })((parent: Parent, args: Args, { viewerOrError }: Caller) => {
    if (viewerOrError instanceof Error) return viewerOrError;
    try {
      check(viewerOrError, parent, args);
      return true;
    } catch (error) {
      return error as Error;
    }
  });
  checks.set(made, check);
  return made;
}

/** A rule that asks the viewer only. */
const viewerRule = (name: string, check: (viewer: Viewer) => void): Rule => ruleOf(name, check);

/** No token needed. Root fields under this rule are run without looking at one. */
export const everybody = allow;

export const signedIn = viewerRule('signed in', () => undefined);

/** Acts in an organization and is not suspended there. */
export const member = viewerRule('member', demandMembership);

/** Acts in an organization, be it suspended there. */
export const inOrganization = viewerRule('in an organization', activeOrganizationOf);

/** Acts in no organization, or in one without being suspended there. */
export const unsuspended = viewerRule('unsuspended', (viewer) => {
  if (viewer.organization) demandMembership(viewer);
});

export const owner = viewerRule('owner', (viewer) => {
  demandMembership(viewer);
  if (!isPrivileged(viewer)) throw new Forbidden('OWNER_ONLY', 'Only an owner of the organization may do this');
});

/** One rule for each permission; shield wants every rule made once. */
export const permissionRules = <Name extends string>(names: readonly Name[]): Record<Name, Rule> =>
  Object.fromEntries(names.map((name) => [name, viewerRule(name, (viewer) => demand(viewer, name))])) as Record<
    Name,
    Rule
  >;

/** Several permissions at once. */
export const all = (...permissions: string[]): Rule =>
  viewerRule(permissions.join(' and '), (viewer) => {
    for (const permission of permissions) demand(viewer, permission);
  });

/** At least one of two permissions; the first is named when both are missing. */
export const either = (one: string, other: string): Rule =>
  viewerRule(`${one} or ${other}`, (viewer) => demand(viewer, holds(viewer, other) ? other : one));

/** A rule on a field that looks at the record it belongs to. */
export const parentRule = <Parent>(name: string, check: (parent: Parent, viewer: Viewer) => void): Rule =>
  ruleOf<Parent, unknown>(name, (viewer, parent) => check(parent, viewer));

/** A rule on a root field that looks at its arguments, which are not checked yet. */
export const argumentRule = <Args>(name: string, check: (args: Args, viewer: Viewer) => void): Rule =>
  ruleOf<unknown, Args>(name, (viewer, _parent, args) => check(args, viewer));

/** Puts the rules before their resolvers; a root field without one is denied. Other fields are not wrapped at all. */
export function guard(schema: GraphQLSchema, features: RuleMap[]): GraphQLSchema {
  const rules: RuleMap = {};
  for (const feature of features)
    for (const [type, fields] of Object.entries(feature)) rules[type] = { ...rules[type], ...fields };
  const tree = { ...rules, Query: { ...rules.Query, '*': deny }, Mutation: { ...rules.Mutation, '*': deny } };
  const generator = shield(tree as IRules, {
    allowExternalErrors: true,
    fallbackRule: allow,
    fallbackError: new Forbidden('MISSING_PERMISSION', 'This operation is not open to anybody'),
  }) as unknown as { generate: (schema: GraphQLSchema) => Record<string, Record<string, unknown>> };
  const middleware = Object.fromEntries(
    Object.entries(generator.generate(schema)).flatMap(([type, fields]) => {
      const guarded = Object.entries(fields).filter(
        ([field]) => type === 'Query' || type === 'Mutation' || rules[type]?.[field],
      );
      return guarded.length ? [[type, Object.fromEntries(guarded)]] : [];
    }),
  );
  const guarded = applyMiddleware(schema, middleware as never);
  for (const [name, field] of Object.entries(guarded.getMutationType()?.getFields() ?? {})) {
    const check = checks.get(rules.Mutation?.[name] ?? allow);
    field.extensions = { ...field.extensions, ...(check && { check }) };
  }
  return guarded;
}

/** The rule of a root field, to be asked again while it runs. */
export function demandOf({ extensions }: Pick<GraphQLField<unknown, unknown>, 'extensions'>, args: unknown): Demand {
  const check = extensions.check as Check | undefined;
  return (viewer) => check?.(viewer, undefined, args);
}
