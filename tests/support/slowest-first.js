import TestSequencer from '@jest/test-sequencer';

/** Files that take 15 seconds and more, mostly because they start servers or browsers. */
const slowest = [
  'backup',
  'start',
  'explorer',
  'isolation/isolation',
  'boot',
  'scripts-upsert',
  'limits/keeper',
  'scripts-export',
  'deploy',
  'scripts-kills',
  'scripts-mirror',
  'log/feed-kills',
  'limits/starting',
  'limits/database-away',
  'scripts',
  'differential',
  'dashboard',
  'pages',
  'changes-page',
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
