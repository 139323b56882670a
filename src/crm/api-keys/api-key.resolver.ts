import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { inputArgs, type VerbArguments, verbArgs } from '../../platform/schema/arguments.js';
import { Permission } from '../access/role.js';
import { adoptApiKey, createApiKey, revokeApiKey, rotateApiKey } from './api-key.actions.js';
import { CreateApiKeyInput } from './api-key.inputs.js';
import { ApiKey } from './api-key.js';

const ApiKeyList = listArgumentsOf(ApiKey);
const NewApiKey = inputArgs<CreateApiKeyInput>(CreateApiKeyInput, 'The API key to create.');
const ApiKeyVerb = verbArgs('Id of the API key.');

@ObjectType({ simpleResolvers: true, description: 'An API key, and its new secret.' })
class ApiKeyPayload {
  @Field(() => ApiKey, { description: 'The API key that was created or changed.' })
  apiKey!: ApiKey;

  @Field(() => String, {
    description:
      'Secret for the header `Authorization: Bearer …`: `tgc_` and 43 characters. It is shown this once; the server ' +
      'keeps only its hash.',
  })
  secret!: string;
}

@Resolver()
export class ApiKeyResolver {
  @Query(() => connectionOf(ApiKey), {
    nullable: true,
    description: 'Lists the API keys of the organization, also those that were revoked or have expired.',
  })
  apiKeys(@Args(() => ApiKeyList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(ApiKey, args, info);
  }

  @Mutation(() => ApiKeyPayload, {
    nullable: true,
    description:
      'Creates an API key with permissions that the caller holds. The key keeps a permission only while its ' +
      'responsible member holds it; role permissions let it read only.',
  })
  async createApiKey(@Args(() => NewApiKey) { input }: { input: CreateApiKeyInput }, @Ctx() { action }: Context) {
    return createApiKey(action, input);
  }

  @Mutation(() => ApiKeyPayload, {
    nullable: true,
    description:
      'Gives an API key another secret; the former one works for 24 hours more. The caller must be responsible for ' +
      'the API key, or hold its permissions.',
  })
  async rotateApiKey(@Args(() => ApiKeyVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return rotateApiKey(action, args);
  }

  @Mutation(() => ApiKeyPayload, {
    nullable: true,
    description:
      'Makes the caller responsible for an API key, e.g. after the member who was has left. It gets another secret, ' +
      'and former ones stop working.',
  })
  async adoptApiKey(@Args(() => ApiKeyVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return adoptApiKey(action, args);
  }

  @Mutation(() => ApiKey, {
    nullable: true,
    description: 'Revokes an API key for good; it stops working within 5 seconds. A revoked key stays as it is.',
  })
  async revokeApiKey(@Args(() => ApiKeyVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return revokeApiKey(action, args);
  }
}

@Resolver(() => ApiKey)
export class ApiKeyFields {
  @FieldResolver(() => [Permission], {
    description:
      'Permissions of the API key, by resource and action. It can use only those that its responsible member holds.',
  })
  permissions(@Root() { id }: RecordRow<ApiKey>, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.load<object[]>(info, id, async (keys) => {
      const source = sql`
        (
          select g.api_key_id as holder, p.*
          from api_key_permissions g
          join permissions p on p.organization_id = g.organization_id and p.id = g.permission_id
          where g.organization_id = ${viewer.organization?.id ?? null}::uuid
            and g.api_key_id = any(${keys}::uuid[])
        ) as t`;
      const order = sql`t.resource_sort, t.action_sort, t.id`;
      const found = await read.byKeys(Permission, 'holder', keys, Selection.of(info), { source, order });
      return keys.map((key) => found.get(key) ?? []);
    });
  }
}
