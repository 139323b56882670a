import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { addCustomers, type Filter, kept, tenantWith } from '../support/filtered-customers.js';
import { newTenant } from '../support/tenant.js';

describe('operators', () => {
  test('on texts', async () => {
    const { owner } = await tenantWith({
      letters: { source: '50xya/b' },
      none: { source: null },
      signs: { source: '50%_a\\b' },
      umlaut: { source: 'Öl & Äpfel' },
      upper: { source: 'WEB' },
      web: { source: 'web' },
    });
    const all = ['letters', 'none', 'signs', 'umlaut', 'upper', 'web'];
    const without = (...names: string[]) => all.filter((name) => !names.includes(name));
    const table: [Filter, string[]][] = [
      [{ eq: 'web' }, ['web']],
      [{ eq: 'Web' }, []],
      [{ eq: '' }, []],
      [{ eq: 'we%' }, []],
      [{ ne: 'web' }, without('web')],
      [{ ne: 'Web' }, all],
      [{ in: ['web', 'WEB', 'nobody'] }, ['upper', 'web']],
      [{ in: [] }, []],
      [{ notIn: ['web', 'WEB'] }, without('upper', 'web')],
      [{ notIn: [] }, all],
      [{ eqIgnoreCase: 'WeB' }, ['upper', 'web']],
      [{ eqIgnoreCase: 'öl & ÄPFEL' }, ['umlaut']],
      [{ eqIgnoreCase: 'we%' }, []],
      [{ contains: 'eB' }, ['upper', 'web']],
      [{ contains: 'äPF' }, ['umlaut']],
      [{ contains: 'ÖL' }, ['umlaut']],
      [{ contains: '%' }, ['signs']],
      [{ contains: '_' }, ['signs']],
      [{ contains: '\\' }, ['signs']],
      [{ contains: '0%_A' }, ['signs']],
      [{ contains: "'" }, []],
      [{ contains: '' }, without('none')],
      [{ startsWith: 'W' }, ['upper', 'web']],
      [{ startsWith: '50' }, ['letters', 'signs']],
      [{ startsWith: '50%' }, ['signs']],
      [{ startsWith: 'eb' }, []],
      [{ endsWith: 'B' }, ['letters', 'signs', 'upper', 'web']],
      [{ endsWith: '\\b' }, ['signs']],
      [{ endsWith: 'äpfeL' }, ['umlaut']],
      [{ isNull: true }, ['none']],
      [{ isNull: false }, without('none')],
      [{ ne: 'web', isNull: false }, without('web', 'none')],
      [{ startsWith: 'w', endsWith: 'b', ne: 'WEB' }, ['web']],
    ];
    for (const [source, expected] of table) expect([source, await kept(owner, { source })]).toEqual([source, expected]);
  });

  test('on decimals', async () => {
    const { owner } = await tenantWith({
      big: { credit_limit: '9999999999999.99' },
      cent: { credit_limit: '9999999999999.98' },
      none: { credit_limit: null },
      zero: { credit_limit: '0.00' },
    });
    const table: [Filter, string[]][] = [
      [{ eq: '9999999999999.99' }, ['big']],
      [{ eq: 0 }, ['zero']],
      [{ eq: '0.000' }, ['zero']],
      [{ ne: '0' }, ['big', 'cent', 'none']],
      [{ in: ['0', '9999999999999.98'] }, ['cent', 'zero']],
      [{ notIn: ['0', '9999999999999.98'] }, ['big', 'none']],
      [{ in: [] }, []],
      [{ gt: '9999999999999.98' }, ['big']],
      [{ gte: '9999999999999.98' }, ['big', 'cent']],
      [{ lt: '9999999999999.99' }, ['cent', 'zero']],
      [{ lte: '9999999999999.98' }, ['cent', 'zero']],
      [{ gt: '-0.001' }, ['big', 'cent', 'zero']],
      [{ gt: '0.001', lt: '9999999999999.985' }, ['cent']],
      [{ isNull: true }, ['none']],
      [{ isNull: false }, ['big', 'cent', 'zero']],
    ];
    for (const [creditLimit, expected] of table)
      expect([creditLimit, await kept(owner, { creditLimit })]).toEqual([creditLimit, expected]);
  });

  test('on enums', async () => {
    const { owner } = await tenantWith({ active: { status: 'ACTIVE' }, vip: { status: 'VIP' } });
    const table: [Filter, string[]][] = [
      [{ eq: 'VIP' }, ['vip']],
      [{ ne: 'VIP' }, ['active']],
      [{ in: ['VIP', 'PROSPECT'] }, ['vip']],
      [{ in: [] }, []],
      [{ notIn: ['VIP', 'PROSPECT'] }, ['active']],
      [{ notIn: [] }, ['active', 'vip']],
      [{ isNull: true }, []],
      [{ isNull: false }, ['active', 'vip']],
    ];
    for (const [status, expected] of table) expect([status, await kept(owner, { status })]).toEqual([status, expected]);
  });

  test('on instants, whatever their offset', async () => {
    const { owner } = await tenantWith({
      early: { created_at: '2024-03-01T09:00:00.000Z', converted_at: '2024-03-01T09:00:00.000Z' },
      late: { created_at: '2024-03-01T09:00:00.001Z', converted_at: null },
    });
    const table: [Filter, string[]][] = [
      [{ createdAt: { eq: '2024-03-01T10:00:00+01:00' } }, ['early']],
      [{ createdAt: { gt: '2024-03-01T09:00:00Z' } }, ['late']],
      [{ createdAt: { gte: '2024-03-01T09:00:00Z' } }, ['early', 'late']],
      [{ createdAt: { lt: '2024-03-01T09:00:00.001Z' } }, ['early']],
      [{ createdAt: { lte: '2024-03-01T04:00:00.001-05:00' } }, ['early', 'late']],
      [{ createdAt: { in: ['2024-03-01T09:00:00.001Z'] } }, ['late']],
      [{ createdAt: { notIn: ['2024-03-01T09:00:00.001Z'] } }, ['early']],
      [{ convertedAt: { notIn: ['2024-03-01T09:00:00Z'] } }, ['late']],
      [{ convertedAt: { ne: '2024-03-01T09:00:00Z' } }, ['late']],
      [{ convertedAt: { isNull: true } }, ['late']],
    ];
    for (const [filter, expected] of table) expect([filter, await kept(owner, filter)]).toEqual([filter, expected]);
  });

  test('on ids', async () => {
    const tenant = await newTenant();
    const [eve, foreign] = [await tenant.employee(), await (await newTenant()).employee()];
    const ids = await addCustomers(tenant, { eves: { assigned_to_id: eve }, nobodys: {} });
    const table: [Filter, string[]][] = [
      [{ id: { eq: ids.eves } }, ['eves']],
      [{ id: { eq: ids.eves!.toUpperCase() } }, ['eves']],
      [{ id: { in: [ids.eves, ids.nobodys, v7()] } }, ['eves', 'nobodys']],
      [{ id: { notIn: [ids.eves] } }, ['nobodys']],
      [{ assignedToId: { eq: eve } }, ['eves']],
      [{ assignedToId: { eq: foreign } }, []],
      [{ assignedToId: { ne: eve } }, ['nobodys']],
      [{ assignedToId: { notIn: [eve] } }, ['nobodys']],
      [{ assignedToId: { in: [] } }, []],
      [{ assignedToId: { isNull: true } }, ['nobodys']],
    ];
    for (const [filter, expected] of table)
      expect([filter, await kept(tenant.owner, filter)]).toEqual([filter, expected]);
  });

  test('on tags', async () => {
    const { owner } = await tenantWith({
      ab: { tags: ['a', 'b'] },
      b: { tags: ['b'] },
      none: { tags: [] },
      odd: { tags: ['{a,b}', '%', 'A'] },
    });
    const table: [Filter, string[]][] = [
      [{ has: 'a' }, ['ab']],
      [{ has: 'A' }, ['odd']],
      [{ has: '%' }, ['odd']],
      [{ has: '{a,b}' }, ['odd']],
      [{ hasAny: ['a', 'b'] }, ['ab', 'b']],
      [{ hasAny: [] }, []],
      [{ hasAll: ['a', 'b'] }, ['ab']],
      [{ hasAll: ['b', 'b'] }, ['ab', 'b']],
      [{ hasAll: [] }, ['ab', 'b', 'none', 'odd']],
      [{ isEmpty: true }, ['none']],
      [{ isEmpty: false }, ['ab', 'b', 'odd']],
      [{ has: 'b', hasAny: ['a'] }, ['ab']],
    ];
    for (const [tags, expected] of table) expect([tags, await kept(owner, { tags })]).toEqual([tags, expected]);
  });
});

describe('combinations', () => {
  test('an omitted and an empty filter keep every row', async () => {
    const { owner } = await tenantWith({ one: {}, two: {} });
    for (const filter of [undefined, null, {}]) expect(await kept(owner, filter)).toEqual(['one', 'two']);
  });

  test('ne keeps customers without a source, and not eq the same ones', async () => {
    const { owner } = await tenantWith({ none: { source: null }, phone: { source: 'phone' }, web: { source: 'web' } });
    for (const filter of [{ source: { ne: 'web' } }, { not: { source: { eq: 'web' } } }])
      expect(await kept(owner, filter)).toEqual(['none', 'phone']);
    expect(await kept(owner, { not: { source: { ne: 'web' } } })).toEqual(['web']);
    expect(await kept(owner, { not: { not: { source: { eq: 'web' } } } })).toEqual(['web']);
  });

  test('and, or, not stand beside conditions, and all of them must hold', async () => {
    const { owner } = await tenantWith({
      bernVip: { city: 'Bern', status: 'VIP' },
      basel: { city: 'Basel', status: 'VIP' },
      bern: { city: 'Bern', status: 'ACTIVE' },
      nowhere: { city: null, status: 'VIP' },
    });
    const table: [Filter, string[]][] = [
      [{ city: { eq: 'Bern' }, status: { eq: 'VIP' } }, ['bernVip']],
      [{ status: { eq: 'VIP' }, or: [{ city: { eq: 'Bern' } }, { city: { isNull: true } }] }, ['bernVip', 'nowhere']],
      [{ status: { eq: 'VIP' }, not: { city: { eq: 'Bern' } } }, ['basel', 'nowhere']],
      [{ and: [{ city: { eq: 'Bern' } }, { not: { status: { eq: 'VIP' } } }] }, ['bern']],
      [
        { or: [{ city: { eq: 'Basel' } }, { and: [{ city: { eq: 'Bern' } }, { status: { eq: 'ACTIVE' } }] }] },
        ['basel', 'bern'],
      ],
      [{ not: { city: { eq: 'Bern' }, status: { eq: 'VIP' } } }, ['basel', 'bern', 'nowhere']],
      [{ not: { or: [{ city: { eq: 'Bern' } }, { city: { eq: 'Basel' } }] } }, ['nowhere']],
    ];
    for (const [filter, expected] of table) expect([filter, await kept(owner, filter)]).toEqual([filter, expected]);
  });
});
