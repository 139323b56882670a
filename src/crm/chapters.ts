import type { Chapter } from '../platform/schema/order.js';

/**
 * The parts of the API, in the order in which the schema lists their root fields. A name that matches several parts
 * belongs to the last of them: `leadStats` is a figure, `deletePipelineStage` is about pipelines.
 */
export const chapters: readonly Chapter[] = [
  [
    'people',
    /^(me|users?(By)?|register|logout|update(User|Profile|MyAccount))$|login|session|password|verif|emailC|factor/i,
  ],
  ['organization', /organization|member|invitation|userProfile|myProfile|(switch|activate|deactivate|suspend)Profile/i],
  ['access', /role|permission|apiKey/i],
  ['customers', /customer/i],
  ['leads', /lead/i],
  ['deals', /deal|^mark(Won|Lost)$/i],
  ['pipelines', /pipeline/i],
  ['activities', /activit|note$/i],
  ['employees', /employee|department/i],
  ['vendors', /vendor/i],
  ['figures', /stats$|analytics$/i],
  ['the log', /^change|^deletedRecords$|undo|erase/],
  ['webhooks', /webhook/i],
  ['the API itself', /^(nodes?|errorCodes|serverInfo)$/],
];
