import 'reflect-metadata';
import { aboutMutations, aboutQueries } from './crm/about.js';
import { chapters } from './crm/chapters.js';
import { alone, resolvers as crmResolvers, rules as crmRules } from './crm/index.js';

// The features come first, since the schema lists types in the order of their declaration.

import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { analyticsResolvers, analyticsRules } from './analytics/contents.js';
import { analyticsExamples } from './analytics/examples.js';
import { analyticsPrices } from './analytics/prices.js';
import { bulkPrices, bulkResolvers, bulkRules } from './bulk/contents.js';
import { bulkExamples } from './bulk/examples.js';
import { fieldPrices, tablePrices } from './crm/prices.js';
import { aboutSubscriptions, logResolvers, logRules, logTables, webhookRules } from './log/contents.js';
import { allPrices } from './platform/graphql/cost/prices.js';
import { directives } from './platform/graphql/directives.js';
import { checkInput, enforceCurrentRights, readBack } from './platform/graphql/middleware.js';
import { ServerInfoResolver, serverInfoRules } from './platform/graphql/server-info.js';
import { describeNeeds } from './platform/permissions/describe.js';
import { checkNames } from './platform/records/check-names.js';
import { makeFilterTypes } from './platform/records/filters.js';
import { demandUse } from './platform/records/inputs.js';
import { markOneOf } from './platform/records/keys.js';
import { demandLaterRecords } from './platform/records/later.js';
import { makeOrderTypes } from './platform/records/lists.js';
import { resolveRowTypes } from './platform/records/node.js';
import { allRecords } from './platform/records/record.js';
import { reasonsInWords, resolveRepeatedReasons } from './platform/schema/error-reasons.js';
import { addExamples } from './platform/schema/examples.js';
import { sortByChapters } from './platform/schema/order.js';
import { DateTimeScalar } from './platform/schema/scalars.js';

const resolvers = [
  ServerInfoResolver,
  ...crmResolvers,
  ...analyticsResolvers,
  ...bulkResolvers,
  ...logResolvers,
] as const;
export const rules = [serverInfoRules, ...crmRules, analyticsRules, bulkRules, logRules, webhookRules];
export const prices = allPrices({ ...tablePrices, ...logTables }, fieldPrices, bulkPrices, ...analyticsPrices);

let made: GraphQLSchema | undefined;

/** The schema without its rules, as it is printed to schema.graphql. */
export function makeSchema(): GraphQLSchema {
  if (made) return made;
  demandLaterRecords();
  checkNames(allRecords());
  makeFilterTypes(allRecords());
  makeOrderTypes(allRecords());
  made = buildSchemaSync({
    resolvers,
    orphanedTypes: [],
    directives: [...directives],
    validate: false,
    globalMiddlewares: [enforceCurrentRights, checkInput, readBack],
    scalarsMap: [{ type: Date, scalar: DateTimeScalar }],
    pubSub: { publish: noTopics, subscribe: noTopics },
  });
  for (const pass of passes) pass(made);
  return made;
}

/** type-graphql demands a bus of messages, although each subscription has a source of its own. */
function noTopics(): never {
  throw new Error('Subscriptions have no topics');
}

/**
 * Changes to the built schema, for which type-graphql has no options. Each description is extended in this order: the
 * permission that a field needs, then its example, then its errors.
 */
const passes: readonly ((schema: GraphQLSchema) => void)[] = [
  (schema) => resolveRowTypes(schema, ['Node', 'Record', 'Actor']),
  resolveEvents,
  markOneOf,
  demandUse,
  demandAlone,
  (schema) => describeNeeds(schema, rules),
  (schema) => addExamples(schema, { ...analyticsExamples, ...bulkExamples(schema) }),
  resolveRepeatedReasons,
  describeReasons,
  arrange,
];

/** Throws if the schema lacks a mutation that must be alone in its document. */
function demandAlone(schema: GraphQLSchema): void {
  const mutations = schema.getMutationType()!.getFields();
  for (const name of alone) if (!mutations[name]) throw new Error(`There is no mutation ${name} to stand alone`);
}

function describeReasons(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()!.getFields()))
    field.description += reasonsInWords(field.name);
}

/** A subscription's resolver is only its source. The rule then guards that, and answers to events skip it. */
function resolveEvents(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getSubscriptionType()!.getFields())) field.resolve = undefined;
}

function arrange(schema: GraphQLSchema): void {
  const [queries, mutations] = [schema.getQueryType()!, schema.getMutationType()!];
  for (const root of [queries, mutations]) sortByChapters(root, chapters);
  schema.getSubscriptionType()!.description = aboutSubscriptions;
  queries.description = aboutQueries;
  mutations.description = aboutMutations;
}
