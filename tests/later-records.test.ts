import { expect, test } from '@jest/globals';
import { makeSchema } from '../src/app.js';
import { demandLaterRecords, Later } from '../src/platform/records/later.js';

class Here {
  id = '';
}

test('a record that no feature declares is missed when the schema is made', () => {
  makeSchema();
  const lead = new Later<Here>('laed');
  expect(() => lead.type).toThrow('laed');
  expect(demandLaterRecords).toThrow('laed');
  lead.is(Here);
  expect(demandLaterRecords).not.toThrow();
});

test('a record is one class', () => {
  const record = new Later<Here>('here');
  record.is(Here);
  expect(record.type).toBe(Here);
  expect(() => record.is(class There extends Here {})).toThrow('There');
});
