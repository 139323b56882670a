import TestSequencer from '@jest/test-sequencer';

/** Files that take 15 seconds and more, mostly because they start servers or browsers. */
const slowest = [
  'start',
  'backup',
  'isolation/isolation',
  'boot',
  'explorer',
  'backup-files',
  'scripts-export',
  'pages',
  'scripts-upsert',
  'differential',
  'scripts-kills',
  'limits/keeper',
  'deploy',
  'scripts-mirror',
  'mail/queue',
  'limits/shutdown',
  'limits/starting',
  'account-pages',
  'log/feed-kills',
  'limits/database-away',
  'mail/sending',
  'log/undo-property',
  'scripts',
  'tenancy/foreign-ids',
  'changes-page',
  'bulk/calls',
  'rights',
  'dashboard',
];

const rankOf = ({ path }) => {
  const rank = slowest.findIndex((name) => path.endsWith(`/tests/${name}.test.ts`));
  return rank < 0 ? slowest.length : rank;
};

/** Starts the slowest files first, so that no worker waits for the other at the end. Jest knows durations only later. */
export default class extends TestSequencer {
  sort(tests) {
    return super.sort(tests).toSorted((first, second) => rankOf(first) - rankOf(second));
  }
}
