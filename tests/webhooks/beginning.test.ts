import { expect, test } from '@jest/globals';
import { stillRunning } from '../../src/log/position.js';

test.each([
  ['none has an id', '10:20:12,15', null, '10:20:12,15'],
  ['it begins later', '10:20:12,15', '20', '10:20:12,15'],
  ['it is between others', '10:20:12,15', '13', '10:20:12,13,15'],
  ['it is the only one', '20:20:', '19', '19:20:19'],
  ['ids have more digits than others', '9:120:9,100', '99', '9:120:9,99,100'],
])('a snapshot names the transaction in which it was taken as running: %s', (_, snapshot, xid, expected) => {
  expect(stillRunning(snapshot, xid)).toBe(expected);
});
