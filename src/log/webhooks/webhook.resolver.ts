import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { addReadable } from '../../crm/nodes/readable.js';
import { holds, isMember } from '../../platform/auth/viewer.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  inputArgs,
  type VerbArguments,
  verbArgs,
} from '../../platform/schema/arguments.js';
import { DeletePayload } from '../../platform/schema/deletion.js';
import { LogCursors, momentOf } from '../position.js';
import {
  createWebhook,
  deleteWebhook,
  disableWebhook,
  enableWebhook,
  redeliver,
  replayWebhook,
  rotateWebhookSecret,
  updateWebhook,
} from './webhook.actions.js';
import { CreateWebhookInput, UpdateWebhookInput } from './webhook.inputs.js';
import { Webhook } from './webhook.js';
import { WebhookDelivery } from './webhook-delivery.js';

const WebhookList = listArgumentsOf(Webhook);
const DeliveryList = listArgumentsOf(WebhookDelivery);
const WebhookId = idArgs('Id of the webhook.');
const DeliveryId = idArgs('Id of the delivery.');
const WebhookVerb = verbArgs('Id of the webhook.');
const NewWebhook = inputArgs<CreateWebhookInput>(CreateWebhookInput, 'The webhook to create.');
const WebhookChange = changeArgs<UpdateWebhookInput>('Id of the webhook.', UpdateWebhookInput);

@ArgsType()
class ReplayArgs implements IdArguments {
  @Field(() => ID, { description: 'Id of the webhook.' })
  id!: string;

  @Field(() => String, {
    description: 'Cursor of the feed, from `changes` or `changeCursor`, after which everything is sent.',
  })
  after!: string;
}

@ObjectType({ simpleResolvers: true, description: 'A webhook, and its new secret.' })
class WebhookSecretPayload {
  @Field(() => Webhook, { description: 'The webhook that was created or changed.' })
  webhook!: Webhook;

  @Field(() => String, {
    description:
      'Secret with which the receiver verifies the signatures: `whsec_` and 44 characters in base64. It is shown ' +
      'this once; the server keeps it encrypted.',
  })
  secret!: string;
}

@Resolver()
export class WebhookResolver {
  @Query(() => connectionOf(Webhook), {
    nullable: true,
    description: 'Lists the webhooks of the organization, disabled ones included.',
  })
  webhooks(@Args(() => WebhookList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Webhook, args, info);
  }

  @Query(() => Webhook, { nullable: true, description: 'Finds a webhook by its id; null if there is none.' })
  webhook(@Args(() => WebhookId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Webhook, id, Selection.of(info));
  }

  @Mutation(() => WebhookSecretPayload, {
    nullable: true,
    description:
      'Creates a webhook. From now on, it sends each change that the caller may see to its address, in the form of ' +
      'Standard Webhooks, as long as the caller is a member.',
  })
  async createWebhook(
    @Args(() => NewWebhook) { input }: { input: CreateWebhookInput },
    @Ctx() { action, services }: Context,
  ) {
    return createWebhook(action, input, services.seal);
  }

  @Mutation(() => Webhook, {
    nullable: true,
    description: 'Updates a webhook. With another address, the caller becomes responsible for it.',
  })
  async updateWebhook(
    @Args(() => WebhookChange) args: ChangeArguments<UpdateWebhookInput>,
    @Ctx() { action }: Context,
  ) {
    return updateWebhook(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description:
      'Deletes a webhook with its deliveries. What a server has already read, at most 25 messages, may still be sent.',
  })
  async deleteWebhook(@Args(() => WebhookVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return deleteWebhook(action, args);
  }

  @Mutation(() => Webhook, {
    nullable: true,
    description:
      'Enables a webhook, which goes on with the changes that it has missed; after CURSOR_EXPIRED, with those from ' +
      "now on. If nobody is responsible for it, or the responsible member's account is closed, the caller becomes " +
      'responsible. An active webhook goes on, and its `failingSince` is cleared.',
  })
  async enableWebhook(@Args(() => WebhookVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return enableWebhook(action, args);
  }

  @Mutation(() => Webhook, {
    nullable: true,
    description:
      'Disables a webhook, which keeps its position. What a server has already read, at most 25 messages, may still ' +
      'be sent. A disabled webhook stays as it is.',
  })
  async disableWebhook(@Args(() => WebhookVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return disableWebhook(action, args);
  }

  @Mutation(() => WebhookSecretPayload, {
    nullable: true,
    description: 'Gives a webhook another secret; for 24 hours, messages have signatures of both.',
  })
  async rotateWebhookSecret(@Args(() => WebhookVerb) args: VerbArguments, @Ctx() { action, services }: Context) {
    return rotateWebhookSecret(action, args, services.seal);
  }

  @Mutation(() => Webhook, {
    nullable: true,
    description:
      'Sends all changes after a cursor again, each under its former `webhook-id`. With the present `changeCursor`, ' +
      'skips everything that was not sent yet.',
  })
  async replayWebhook(@Args(() => ReplayArgs) { id, after }: ReplayArgs, @Ctx() context: Context) {
    const { services, viewer, action } = context;
    const cursors = new LogCursors(services.seal, viewer.organization!.id, services.logRetentionDays);
    return replayWebhook(action, { id }, async () => cursors.read(after, await momentOf(context.readBack())));
  }

  @Mutation(() => WebhookDelivery, {
    nullable: true,
    description:
      'Makes a delivery due at once, under its former `webhook-id`; one that has ended gets another eight tries. It ' +
      'is sent after earlier changes of its record that wait, and once the webhook is active.',
  })
  async redeliverWebhookDelivery(@Args(() => DeliveryId) args: IdArguments, @Ctx() { action }: Context) {
    return redeliver(action, args);
  }
}

@Resolver(() => Webhook)
export class WebhookFields {
  @FieldResolver(() => connectionOf(WebhookDelivery), {
    nullable: true,
    description:
      'Deliveries that did not succeed at the first try: those that wait, those that failed, and of the others the ' +
      'last 100.',
  })
  deliveries(
    @Root() { id }: Webhook,
    @Args(() => DeliveryList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.children(WebhookDelivery, 'webhook', id, args, info);
  }
}

addReadable((viewer) =>
  isMember(viewer) && holds(viewer, 'organization:update') && !viewer.apiKey
    ? [{ type: Webhook }, { type: WebhookDelivery }]
    : [],
);
