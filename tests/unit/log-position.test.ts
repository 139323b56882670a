import { expect, test } from '@jest/globals';
import { lasting } from '../../src/log/position.js';

test.each([
  ['ends after the newest change', '100:200:100,150', '180', '100:181:100,150'],
  ['lists no transaction after the newest change', '100:200:100,150,190', '160', '100:161:100,150'],
  ['of a quiet log does not move', '500:500:', '160', '161:161:'],
  ['of an empty log shows nothing', '500:510:500,505', null, '1:1:'],
  ['stays as it is if the newest transaction has changed something', '100:200:100', '199', '100:200:100'],
])('a snapshot for a cursor %s', (_, snapshot, newest, expected) => expect(lasting(snapshot, newest)).toBe(expected));
