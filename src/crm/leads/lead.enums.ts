import { declareEnum } from '../../platform/schema/enums.js';

export const LeadStatus = declareEnum(
  'LeadStatus',
  'Whether a lead is being worked on.',
  { ACTIVE: 'Being worked on.', INACTIVE: 'Set aside.' },
  'a lead status',
);
export type LeadStatus = keyof typeof LeadStatus;

export const LeadSource = declareEnum(
  'LeadSource',
  'Origin of a lead.',
  {
    WEBSITE: 'Web site.',
    REFERRAL: 'Recommendation.',
    SOCIAL_MEDIA: 'Social media.',
    EMAIL_CAMPAIGN: 'E-mail campaign.',
    COLD_CALL: 'Cold call.',
    EVENT: 'Event.',
    PARTNER: 'Partner.',
    OTHER: 'Anything else.',
  },
  'a lead source',
);
export type LeadSource = keyof typeof LeadSource;

export const QualificationStatus = declareEnum(
  'QualificationStatus',
  'How far a lead is qualified.',
  {
    NEW: 'Not contacted yet.',
    CONTACTED: 'Contacted.',
    QUALIFIED: 'Worth pursuing; `qualifyLead` sets it.',
    UNQUALIFIED: 'Not worth pursuing; `disqualifyLead` sets it.',
    CONVERTED: 'Became a customer; only `convertLead` sets it.',
    LOST: 'Went elsewhere; `updateLead` sets it.',
  },
  'a qualification status',
);
export type QualificationStatus = keyof typeof QualificationStatus;
