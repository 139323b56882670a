import type { Viewer } from '../../src/platform/auth/viewer.js';

/** An owner who acts in an organization that counts in US dollars. */
export const anOwner: Viewer = {
  userId: '01900000-0000-7000-8000-000000000001',
  sessionId: '01900000-0000-7000-8000-000000000002',
  apiKey: null,
  isSuperuser: false,
  now: new Date('2024-02-29T12:00:00Z'),
  organization: {
    id: '01900000-0000-7000-8000-000000000003',
    currency: 'USD',
    timeZone: 'UTC',
    today: '2024-02-29',
    isOwner: true,
    isSuspended: false,
    selfId: null,
    permissions: new Set(),
  },
};
