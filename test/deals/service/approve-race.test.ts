/** Several processes register and approve the same deals at once, which only a PostgreSQL server lets them do. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openStore } from '../../../src/store/database.ts';
import { killChildren, start } from '../../support/children.ts';
import { Stage } from './stage.ts';

const url = process.env.SLUICE_TEST_DATABASE_URL ?? '';
if (url === '') console.warn('SLUICE_TEST_DATABASE_URL is not set: approvals from several processes are not tested');
const onServer = url === '' ? test.skip : test;

afterAll(() => killChildren());

const DEALS = 8;

onServer('each deal is protected for one partner', async () => {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const { db, close } = await openStore({ url, schema });
  try {
    const stage = new Stage(db);
    const partners = [await stage.partner('Birch'), await stage.partner('Cedar'), await stage.partner('Dogwood')];
    const child = (partner: string) =>
      start('test/deals/service/approve-child.ts', [url, schema, partner, String(DEALS)]).ended;
    const said = await Promise.all(partners.map(child));
    for (const { code, err } of said) expect([code, err]).toEqual([0, '']);
    expect(said.reduce((sum, { out }) => sum + Number(out), 0)).toBe(DEALS);
    const { rows } = await sql<{ approved: number; deals: number; all: number }>`
      select (count(*) filter (where state = 'Approved'))::int as approved, count(distinct account_domain)::int as deals,
        count(*)::int as all from registrations`.execute(db);
    expect(rows).toEqual([{ approved: DEALS, deals: DEALS, all: DEALS * partners.length }]);
    const twice = await sql`select account_domain from registrations where state = 'Approved'
      group by 1 having count(*) > 1`.execute(db);
    expect(twice.rows).toEqual([]);
  } finally {
    await sql`drop schema ${sql.id(schema)} cascade`.execute(db);
    await close();
  }
});
