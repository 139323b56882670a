import { Flag, Text } from '../../platform/records/decorators.js';
import { Input } from '../../platform/records/inputs.js';

@Input('A note about a customer.')
export class AddCustomerNoteInput {
  @Text({ description: 'Text, 1–2,000 characters.', max: 2000, required: true })
  text!: string;

  @Flag({ description: 'Whether the note stays on top of the timeline.', default: false })
  isPinned?: boolean;
}
