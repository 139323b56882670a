// biome-ignore format: tables
export const givenNames = [
  'Anna', 'Ben', 'Carla', 'David', 'Elif', 'Farid', 'Greta', 'Hiro', 'Ida', 'Jamal', 'Katya', 'Liam', 'Maria', 'Noah',
  'Olga', 'Pablo', 'Quinn', 'Rosa', 'Stefan', 'Tara', 'Umar', 'Vera', 'Wei', 'Ximena', 'Yusuf', 'Zoë', 'Ángel', 'Émile',
];

// biome-ignore format: tables
export const familyNames = [
  'Adler', 'Baker', 'Castro', 'Dubois', 'Eriksen', 'Fischer', 'Garcia', 'Haddad', 'Ivanova', 'Jensen', 'Kowalski',
  'Lopez', 'Müller', 'Nguyen', 'Okafor', 'Patel', 'Quist', 'Rossi', 'Sato', 'Tanaka', 'Ueda', 'Varga', 'Wójcik', 'Xu',
  'Yıldız', 'Zimmer', "O'Neill", 'Le Goff', 'van Dijk', 'Østergård',
];

// biome-ignore format: tables
export const companyFirsts = [
  'Amber', 'Blue River', 'Cedar', 'Delta', 'Evergreen', 'First', 'Golden', 'Harbor', 'Iron', 'Juniper', 'Keystone',
  'Lakeside', 'Meridian', 'North', 'Orchard', 'Pioneer', 'Quartz', 'Red Rock', 'Summit', 'Timber', 'Union', 'Vista',
  'West', 'Yellow',
];

// biome-ignore format: tables
export const companySeconds = [
  'Analytics', 'Bakery', 'Carriers', 'Dairy', 'Electric', 'Foods', 'Glass', 'Hospitality', 'Instruments', 'Joinery',
  'Kitchens', 'Logistics', 'Mills', 'Networks', 'Optics', 'Paper', 'Quarries', 'Robotics', 'Solar', 'Textiles', 'Works',
];

export const companyForms = ['Inc.', 'LLC', 'Ltd.', 'GmbH', 'AG', 'S.A.', 'B.V.', '& Sons', 'Group', 'Partners'];

export const cities = [
  { city: 'New York', state: 'NY', country: 'United States' },
  { city: 'Chicago', state: 'IL', country: 'United States' },
  { city: 'Austin', state: 'TX', country: 'United States' },
  { city: 'Seattle', state: 'WA', country: 'United States' },
  { city: 'Denver', state: 'CO', country: 'United States' },
  { city: 'Toronto', state: 'ON', country: 'Canada' },
  { city: 'Montréal', state: 'QC', country: 'Canada' },
  { city: 'London', state: 'England', country: 'United Kingdom' },
  { city: 'Leeds', state: 'England', country: 'United Kingdom' },
  { city: 'Berlin', state: 'Berlin', country: 'Germany' },
  { city: 'München', state: 'Bayern', country: 'Germany' },
  { city: 'Köln', state: 'Nordrhein-Westfalen', country: 'Germany' },
  { city: 'Wien', state: 'Wien', country: 'Austria' },
  { city: 'Zürich', state: 'Zürich', country: 'Switzerland' },
  { city: 'Lyon', state: 'Rhône', country: 'France' },
  { city: 'Łódź', state: 'Łódzkie', country: 'Poland' },
];

// biome-ignore format: tables
export const industries = [
  'Agriculture', 'Construction', 'Education', 'Energy', 'Finance', 'Food production', 'Health care', 'Hospitality',
  'Logistics', 'Manufacturing', 'Media', 'Retail', 'Software', 'Tourism',
];

export const sources = ['web', 'referral', 'trade fair', 'cold call', 'partner', 'newsletter', 'instagram'];

export const paymentTerms = ['Prepaid', 'Net 14', 'Net 30', 'Net 60'];

/** Tags of customers with their frequency in percent. */
export const customerTags = { 'key account': 6, newsletter: 30, 'price sensitive': 12, seasonal: 9, reference: 4 };

export const dealTags = { 'key account': 5, 'price sensitive': 15, bundle: 12, tender: 8 };

export const activityTags = { urgent: 5, 'follow-up': 20, 'on site': 6 };

/** Sources of leads with their frequency in percent. */
// biome-ignore format: a table
export const leadSources = {
  WEBSITE: 30, REFERRAL: 16, SOCIAL_MEDIA: 12, EMAIL_CAMPAIGN: 14, COLD_CALL: 10, EVENT: 8, PARTNER: 7, OTHER: 3,
};

export const campaigns = ['Spring offer', 'Trade fair follow-up', 'Newsletter 12', 'Autumn webinar'];

export const jobTitles = ['Owner', 'Managing Director', 'Head of Purchasing', 'Operations Manager', 'Buyer'];

export const lostReasons = ['Chose a cheaper offer', 'Budget withdrawn', 'No decision', 'Not a fit', 'Went silent'];

/** Titles by kind; all lists have the same length. */
export const titles = {
  CALL: ['Introductory call', 'Follow-up call', 'Price negotiation', 'Renewal call', 'Support question', 'Call back'],
  EMAIL: ['Offer sent', 'Price list', 'Order confirmation', 'Answer to a complaint', 'Reminder', 'Product news'],
  TELEGRAM: ['Quick question', 'Delivery update', 'Picture of the site', 'Thanks', 'Change of date', 'Short answer'],
  MEETING: ['First meeting', 'Product demo', 'Contract talks', 'Quarterly review', 'Site visit', 'Workshop'],
  NOTE: [
    'New contact person',
    'Budget approved',
    'Prefers e-mail',
    'Moved to a new office',
    'Competitor asked',
    'Idea',
  ],
  TASK: [
    'Prepare the offer',
    'Check the credit limit',
    'Send samples',
    'Update the contract',
    'Plan a visit',
    'Invoice',
  ],
};

export const remarks = [
  'Nothing else to report.',
  'Wants to hear from us again next month.',
  'The decision is with the purchasing department.',
  'Asked for references from the same line of business.',
  'Happy with the delivery, less so with the packaging.',
  'Needs an offer before the end of the quarter.',
  'The contract runs out this year and shall be extended.',
  'Compares us with two competitors.',
];
