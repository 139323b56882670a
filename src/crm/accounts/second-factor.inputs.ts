import { Text } from '../../platform/records/decorators.js';
import { Input } from '../../platform/records/inputs.js';

const aboutCode = 'Code of six digits that the app shows now, or one of the recovery codes; each works once.';

@Input('The second step of a sign-in.')
export class CompleteLoginInput {
  @Text({ description: 'The `ticket` of `beginLogin`.', max: 255, trim: false, required: true })
  ticket!: string;

  @Text({ description: aboutCode, max: 50, required: true })
  code!: string;
}

@Input('A proof that an app shows the right codes.')
export class ConfirmSecondFactorInput {
  @Text({ description: 'Code of six digits that the app shows now.', max: 50, required: true })
  code!: string;
}

@Input('The proofs that the second factor may go.')
export class RemoveSecondFactorInput {
  @Text({ description: 'The current password of the caller.', max: 128, trim: false, required: true })
  password!: string;

  @Text({ description: aboutCode, max: 50, required: true })
  code!: string;
}
