import type { Viewer } from '../../platform/auth/viewer.js';
import { Id } from '../../platform/records/decorators.js';
import { type InputFault, inputFor } from '../../platform/records/inputs.js';
import type * as inputs from '../inputs.generated.js';
import { ApiKey } from './api-key.js';

class PermissionsOfNewKey {
  @Id({
    description: 'Ids of the permissions that the API key shall have, 1–500; the caller must hold them.',
    list: true,
    required: true,
  })
  permissionIds!: string[];
}

function newKey({ permissionIds, expiresAt }: Partial<CreateApiKeyInput>, viewer: Viewer | null): InputFault[] {
  const faults: InputFault[] = [];
  if (permissionIds?.length === 0)
    faults.push({ path: 'permissionIds', code: 'TOO_SHORT', message: 'must name at least one permission' });
  if (expiresAt && new Date(expiresAt) <= viewer!.now)
    faults.push({ path: 'expiresAt', code: 'OUT_OF_RANGE', message: 'must be in the future' });
  return faults;
}

export type CreateApiKeyInput = inputs.CreateApiKeyInput;
export const CreateApiKeyInput = inputFor(ApiKey, 'create', 'A new API key, with its permissions.', {
  with: PermissionsOfNewKey,
  rules: [newKey],
});
