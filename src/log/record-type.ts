import { declareEnum } from '../platform/schema/enums.js';

export const RecordType = declareEnum(
  'RecordType',
  'The type of a record whose changes the log has.',
  {
    CUSTOMER: 'A `Customer`.',
    LEAD: 'A `Lead`.',
    DEAL: 'A `Deal`.',
    PIPELINE: 'A `Pipeline`.',
    PIPELINE_STAGE: 'A `PipelineStage`.',
    ACTIVITY: 'An `Activity`, notes included.',
    EMPLOYEE: 'An `Employee`.',
    VENDOR: 'A `Vendor`.',
    ORGANIZATION: 'The `Organization` itself.',
    MEMBERSHIP: 'A `Membership`, active or ended.',
    USER_PROFILE: 'A `UserProfile`.',
    ROLE: 'A `Role`.',
    PERMISSION: 'A `Permission`.',
    ROLE_PERMISSION: 'The grant of a permission to a role.',
    USER_ROLE: 'The assignment of a role to a user.',
    API_KEY: 'An `ApiKey`.',
    API_KEY_PERMISSION: 'A permission of an API key.',
    WEBHOOK: 'A `Webhook`.',
  },
  'the type of a record',
);
export type RecordType = keyof typeof RecordType;
