import type * as inputs from '../../crm/inputs.generated.js';
import { inputFor } from '../../platform/records/inputs.js';
import { Webhook } from './webhook.js';

export type CreateWebhookInput = inputs.CreateWebhookInput;
export const CreateWebhookInput = inputFor(Webhook, 'create', 'A new webhook.');

export type UpdateWebhookInput = inputs.UpdateWebhookInput;
export const UpdateWebhookInput = inputFor(Webhook, 'update', 'Changes to a webhook; omitted fields stay as they are.');
