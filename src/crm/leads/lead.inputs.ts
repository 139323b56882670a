import { ExpectedVersion, Id, Int, Text } from '../../platform/records/decorators.js';
import { Arguments, type InputFault, inputFor } from '../../platform/records/inputs.js';
import { TagChanges, tagRule } from '../../platform/records/tag-changes.js';
import type * as inputs from '../inputs.generated.js';
import { createdInThePast, Imported } from '../organizations/imports.js';
import { Lead } from './lead.js';

export type CreateLeadInput = inputs.CreateLeadInput;
export const CreateLeadInput = inputFor(Lead, 'create', 'A new lead, not converted yet.', {
  with: Imported,
  rules: [
    createdInThePast,
    ({ qualificationStatus }: LeadChanges) =>
      qualificationStatus === 'CONVERTED' ? [conversionOnly('qualificationStatus')] : [],
  ],
});
export type UpdateLeadInput = inputs.UpdateLeadInput;
export const UpdateLeadInput = inputFor(
  Lead,
  'update',
  'Changes to a lead. Omitted fields keep their values; null clears. Of a converted lead, only description, tags and ' +
    'address can change.',
  { with: TagChanges, rules: [tagRule] },
);

/** Values of either input. */
export type LeadChanges = Partial<CreateLeadInput> & UpdateLeadInput;

/** CONVERSION_ONLY. */
export const conversionOnly = (path: string): InputFault => ({
  path,
  code: 'NOT_ALLOWED',
  message: 'is set by convertLead only',
  reason: 'CONVERSION_ONLY',
});

const lead = { description: 'Id of the lead.', required: true };
const reason = { description: 'Reason, 1–2,000 characters; it is added to the lead as a note.', max: 2000 };

@Arguments()
export class DisqualifyLeadArgs {
  @Id(lead)
  id!: string;

  @Text(reason)
  reason?: string | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}

@Arguments()
export class LeadScoreArgs {
  @Id(lead)
  id!: string;

  @Int({ description: 'New score, 0 (cold) to 100 (hot).', min: 0, max: 100, required: true })
  score!: number;

  @Text(reason)
  reason?: string | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}
