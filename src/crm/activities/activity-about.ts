import { Choice, Name, Reference, Text } from '../../platform/records/decorators.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { Customer } from '../customers/customer.js';
import { later } from '../later.js';
import { ActivityType } from './activity.enums.js';

interface Named {
  id: string;
  organizationId: string;
  name: string;
}

export interface About {
  customer?: Named | null;
  lead?: Named | null;
}

/** The kind of an activity, its text and the records that it is about. */
export abstract class ActivityAbout extends ExternalRecord {
  @Choice(ActivityType, {
    description: 'Type of activity; fixed after creation.',
    create: 'Type of activity; cannot be changed later.',
    required: true,
    by: 'kind',
    filter: true,
  })
  activityType!: ActivityType;

  @Name({
    description: 'Title; by default the first line of the description.',
    input: 'Title, 1–255 characters; default: the first line of the description.',
    max: 255,
    filter: true,
    order: true,
    search: true,
  })
  title!: string;

  @Text({
    description: 'Free text about the activity, at most 10,000 characters.',
    nullable: true,
    input: true,
    search: true,
  })
  description: string | null = null;

  @Reference(() => Customer, {
    description: 'The customer that the activity is about.',
    input: 'Id of the customer that the activity is about.',
    filter: true,
  })
  customer?: Customer | null;
  customerId: string | null = null;

  @Reference(() => later.lead.type, {
    description: 'The lead that the activity is about.',
    input: 'Id of the lead that the activity is about.',
    filter: true,
  })
  lead?: object | null;
  leadId: string | null = null;

  @Reference(() => later.deal.type, {
    description: 'The deal that the activity is about.',
    input: 'Id of the deal that the activity is about.',
    filter: true,
  })
  deal?: object | null;
  dealId: string | null = null;

  @Reference(() => later.vendor.type, {
    description: 'The vendor that the activity is about.',
    input: true,
    filter: true,
  })
  vendor?: object | null;
  vendorId: string | null = null;

  @Text({
    description: 'Name of the customer, or else of the lead, at the time when either was last set.',
    max: 255,
    nullable: true,
    search: true,
  })
  customerName: string | null = null;

  /** Links the activity and stores the name of the customer, else of the lead. */
  link({ customer, lead }: About): void {
    if (customer) this.customerId = customer.id;
    if (lead) this.leadId = lead.id;
    this.customerName = customer?.name ?? lead?.name ?? this.customerName;
  }
}

/** Id of the record whose name is the `customerName` of an activity. */
export const nameGiver = ({ customerId, leadId }: Pick<ActivityAbout, 'customerId' | 'leadId'>): string | null =>
  customerId ?? leadId;
