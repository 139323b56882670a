import { expect, test } from '@jest/globals';
import { lasting, stillRunning } from '../../src/log/position.js';

test.each([
  ['ends after the newest change', '100:200:100,150', '180', '100:181:100,150'],
  ['lists no transaction after the newest change', '100:200:100,150,190', '160', '100:161:100,150'],
  ['of a quiet log does not move', '500:500:', '160', '161:161:'],
  ['of an empty log shows nothing', '500:510:500,505', null, '1:1:'],
  ['stays as it is if the newest transaction has changed something', '100:200:100', '199', '100:200:100'],
])('a snapshot for a cursor %s', (_, snapshot, newest, expected) => expect(lasting(snapshot, newest)).toBe(expected));

test.each([
  ['none has an id', '10:20:12,15', null, '10:20:12,15'],
  ['it begins later', '10:20:12,15', '20', '10:20:12,15'],
  ['it is between others', '10:20:12,15', '13', '10:20:12,13,15'],
  ['it is the only one', '20:20:', '19', '19:20:19'],
  ['ids have more digits than others', '9:120:9,100', '99', '9:120:9,99,100'],
])('a snapshot names the transaction in which it was taken as running: %s', (_, snapshot, xid, expected) => {
  expect(stillRunning(snapshot, xid)).toBe(expected);
});
