import { Id, Int, Text } from '../../platform/records/decorators.js';
import { Arguments, type Changes, type InputFault, inputFor } from '../../platform/records/inputs.js';
import { TagChanges, tagRule } from '../../platform/records/tag-changes.js';
import { createdInThePast, Imported } from '../organizations/imports.js';
import { Lead } from './lead.js';

export const CreateLeadInput = inputFor(Lead, 'create', 'A new lead.', {
  with: Imported,
  rules: [
    createdInThePast,
    ({ qualificationStatus }: LeadChanges) =>
      qualificationStatus === 'CONVERTED' ? [conversionOnly('qualificationStatus')] : [],
  ],
});
export const UpdateLeadInput = inputFor(
  Lead,
  'update',
  'Changes to a lead; omitted fields stay, null clears. Of a converted lead only description, tags and address can change.',
  { with: TagChanges, rules: [tagRule] },
);
export type LeadChanges = Changes<Lead>;

/** CONVERSION_ONLY. */
export const conversionOnly = (path: string): InputFault => ({
  path,
  code: 'NOT_ALLOWED',
  message: 'is set by convertLead only',
  reason: 'CONVERSION_ONLY',
});

const version = { description: 'Version last read; VERSION_CONFLICT when the stored one differs.' };
const lead = { description: 'Id of the lead.', required: true };
const reason = { description: 'Kept as a note, 1–2,000 characters.', max: 2000 };

@Arguments()
export class DisqualifyLeadArgs {
  @Id(lead)
  id!: string;

  @Text(reason)
  reason?: string | null;

  @Int(version)
  expectedVersion?: number | null;
}

@Arguments()
export class LeadScoreArgs {
  @Id(lead)
  id!: string;

  @Int({ description: 'New score, 0–100.', min: 0, max: 100, required: true })
  score!: number;

  @Text(reason)
  reason?: string | null;

  @Int(version)
  expectedVersion?: number | null;
}

@Arguments()
export class AssignLeadArgs {
  @Id(lead)
  id!: string;

  @Id({ description: 'Active employee; null or omitted unassigns.' })
  employeeId?: string | null;

  @Int(version)
  expectedVersion?: number | null;
}
