/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query BoardDeals($first: Int!, $after: String) {\n    deals(first: $first, after: $after, orderBy: [{ field: TITLE }]) {\n      edges { cursor node { id version title status stage { id name } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.BoardDealsDocument,
    "\n  query BoardColumns {\n    pipeline { id stages { id name } }\n  }\n": typeof types.BoardColumnsDocument,
    "\n  query BoardDeal($id: ID!) {\n    deal(id: $id) { id version title status stage { id name } }\n  }\n": typeof types.BoardDealDocument,
    "\n  mutation MoveDeal($id: ID!, $stageId: ID!, $expectedVersion: Int!) {\n    moveDealStage(id: $id, stageId: $stageId, expectedVersion: $expectedVersion) {\n      id version title status stage { id name }\n    }\n  }\n": typeof types.MoveDealDocument,
};
const documents: Documents = {
    "\n  query BoardDeals($first: Int!, $after: String) {\n    deals(first: $first, after: $after, orderBy: [{ field: TITLE }]) {\n      edges { cursor node { id version title status stage { id name } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.BoardDealsDocument,
    "\n  query BoardColumns {\n    pipeline { id stages { id name } }\n  }\n": types.BoardColumnsDocument,
    "\n  query BoardDeal($id: ID!) {\n    deal(id: $id) { id version title status stage { id name } }\n  }\n": types.BoardDealDocument,
    "\n  mutation MoveDeal($id: ID!, $stageId: ID!, $expectedVersion: Int!) {\n    moveDealStage(id: $id, stageId: $stageId, expectedVersion: $expectedVersion) {\n      id version title status stage { id name }\n    }\n  }\n": types.MoveDealDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query BoardDeals($first: Int!, $after: String) {\n    deals(first: $first, after: $after, orderBy: [{ field: TITLE }]) {\n      edges { cursor node { id version title status stage { id name } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query BoardDeals($first: Int!, $after: String) {\n    deals(first: $first, after: $after, orderBy: [{ field: TITLE }]) {\n      edges { cursor node { id version title status stage { id name } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query BoardColumns {\n    pipeline { id stages { id name } }\n  }\n"): (typeof documents)["\n  query BoardColumns {\n    pipeline { id stages { id name } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query BoardDeal($id: ID!) {\n    deal(id: $id) { id version title status stage { id name } }\n  }\n"): (typeof documents)["\n  query BoardDeal($id: ID!) {\n    deal(id: $id) { id version title status stage { id name } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MoveDeal($id: ID!, $stageId: ID!, $expectedVersion: Int!) {\n    moveDealStage(id: $id, stageId: $stageId, expectedVersion: $expectedVersion) {\n      id version title status stage { id name }\n    }\n  }\n"): (typeof documents)["\n  mutation MoveDeal($id: ID!, $stageId: ID!, $expectedVersion: Int!) {\n    moveDealStage(id: $id, stageId: $stageId, expectedVersion: $expectedVersion) {\n      id version title status stage { id name }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;