import { declareEnum } from '../../platform/schema/enums.js';

export const LeadStatus = declareEnum(
  'LeadStatus',
  'Whether a lead is being worked on.',
  { ACTIVE: 'Being worked on.', INACTIVE: 'Set aside for now.' },
  'a lead status',
);
export type LeadStatus = keyof typeof LeadStatus;

export const LeadSource = declareEnum(
  'LeadSource',
  'Origin of a lead.',
  {
    WEBSITE: 'The website of the organization.',
    REFERRAL: 'A recommendation by somebody.',
    SOCIAL_MEDIA: 'A post or message on social media.',
    EMAIL_CAMPAIGN: 'A mass e-mail to contacts.',
    COLD_CALL: 'A call without earlier contact.',
    EVENT: 'A trade fair or another event.',
    PARTNER: 'A partner of the organization.',
    OTHER: 'Any other origin.',
  },
  'a lead source',
);
export type LeadSource = keyof typeof LeadSource;

export const QualificationStatus = declareEnum(
  'QualificationStatus',
  'How far a lead is qualified.',
  {
    NEW: 'Not contacted yet.',
    CONTACTED: 'Contacted, but not qualified yet.',
    QUALIFIED: 'Worth pursuing; `qualifyLead` sets it.',
    UNQUALIFIED: 'Not worth pursuing; `disqualifyLead` sets it.',
    CONVERTED: 'Became a customer; only `convertLead` sets it.',
    LOST: 'Went elsewhere; `updateLead` sets it.',
  },
  'a qualification status',
);
export type QualificationStatus = keyof typeof QualificationStatus;
