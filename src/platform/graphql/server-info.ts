import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { signedIn } from '../permissions/rules.js';
import { mostValues } from '../records/check-filter.js';
import { mostRows } from '../records/lists.js';
import { limits } from './limits.js';

const { version } = JSON.parse(readFileSync(findPackageJSON('..', import.meta.url)!, 'utf8')) as { version: string };

const limit = (description: string) => Field(() => Int, { description });

@ObjectType({ simpleResolvers: true, description: 'Sizes beyond which the server refuses an operation.' })
class ServerLimits {
  @limit('Largest page of a list, in rows.')
  pageSize = mostRows;

  @limit('Rows of all bulk calls of a document together.')
  bulkRows = limits.bulkRows;

  @limit('Values of one `in` or `notIn` in a filter.')
  filterValues = mostValues;

  @limit('Length of a document, in bytes of UTF-8.')
  documentBytes = limits.documentBytes;

  @limit('Levels of nested fields.')
  depth = limits.depth;

  @limit('Aliases of a document.')
  aliases = limits.aliases;

  @limit('Root fields of an operation, those in fragments included.')
  rootFields = limits.rootFields;

  @limit('Points that an operation may cost; `extensions.cost` of each answer tells how many it did.')
  cost = limits.cost;
}

@ObjectType({ simpleResolvers: true, description: 'Version and limits of the server.' })
class ServerInfo {
  @Field(() => String, { description: 'Version of the server, as in its changelog, e.g. `0.1.0`.' })
  version = version;

  @Field(() => ServerLimits, { description: 'Limits of operations, so that clients can stay below them.' })
  limits = new ServerLimits();
}

export const serverInfoRules = { Query: { serverInfo: signedIn } };

@Resolver()
export class ServerInfoResolver {
  @Query(() => ServerInfo, {
    nullable: true,
    description: 'Version and limits of the server. Example: `{ serverInfo { version limits { bulkRows } } }`.',
  })
  serverInfo(): ServerInfo {
    return new ServerInfo();
  }
}
