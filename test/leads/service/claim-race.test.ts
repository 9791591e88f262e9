/** Several processes claim the leads of one pool, or route, at once, which only a PostgreSQL server lets them do. */

import { randomUUID } from 'node:crypto';
import { afterAll, expect } from '@jest/globals';
import { sql } from 'kysely';
import { compileRouting } from '../../../src/leads/routing.ts';
import { explainLead } from '../../../src/leads/service/explain.ts';
import { openStore } from '../../../src/store/database.ts';
import { anna, Channel } from '../../support/channel.ts';
import { killChildren, start } from '../../support/children.ts';
import { needsServer } from '../../support/on-server.ts';
import { POOL_RULES, ROUTING_RULES } from './pool-rules.ts';

const { url, onServer } = needsServer('claims and routing in several processes');

afterAll(() => killChildren());

const LEADS = 24;
const CAPACITY = 7;

onServer('each lead is claimed once, and no partner has more than it takes', async () => {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const { db, close } = await openStore({ url, schema });
  try {
    const channel = new Channel(db);
    await channel.rules('rules-1', POOL_RULES);
    const alder = await channel.partner('001A', { name: 'Alder', capacity: CAPACITY });
    const brook = await channel.partner('001B', { name: 'Brook', capacity: CAPACITY });
    await channel.people(
      Array.from({ length: LEADS }, (_, n) => ({
        id: `pe_${n}`,
        facts: { ...anna.facts, email: `${n}@acme.de` },
        records: [['salesforce', 'Lead', `00Q${n}`]] as const,
      })),
    );
    await channel.decide();
    const child = (partner: string) => start('test/leads/service/claim-child.ts', [url, schema, partner]).ended;
    const said = await Promise.all([alder, brook, alder, brook].map(child));
    for (const { code, err } of said) expect([code, err]).toEqual([0, '']);
    expect(said.reduce((sum, { out }) => sum + Number(out), 0)).toBe(2 * CAPACITY);
    const { rows } = await sql<{ partner: string; offers: number; leads: number }>`
      select partner_id as partner, count(*)::int as offers, count(distinct lead_id)::int as leads from offers
      group by 1 order by 1`.execute(db);
    expect(rows).toEqual([alder, brook].sort().map((partner) => ({ partner, offers: CAPACITY, leads: CAPACITY })));
    const twice = await sql`select lead_id from offers group by 1 having count(*) > 1`.execute(db);
    expect(twice.rows).toEqual([]);
  } finally {
    await sql`drop schema ${sql.id(schema)} cascade`.execute(db);
    await close();
  }
});

onServer(
  'one router at a time: each lead is decided once, no partner has more than it takes, and all can be replayed',
  async () => {
    const schema = `test_${randomUUID().replaceAll('-', '')}`;
    const { db, close } = await openStore({ url, schema });
    try {
      const channel = new Channel(db);
      const rules = ROUTING_RULES;
      await channel.rules('rules-1', rules);
      const partners = await Promise.all(
        ['Alder', 'Brook', 'Cove'].map((name) => channel.partner(`001${name}`, { name, capacity: CAPACITY })),
      );
      await channel.people(
        Array.from({ length: LEADS }, (_, n) => ({
          id: `pe_${n}`,
          facts: { ...anna.facts, email: `${n}@acme.de` },
          records: [['salesforce', 'Lead', `00Q${n}`]] as const,
        })),
      );
      await channel.release();
      const children = [1, 2, 3, 4].map(() => start('test/leads/service/route-child.ts', [url, schema]).ended);
      const said = await Promise.all(children);
      for (const { code, err } of said) expect([code, err]).toEqual([0, '']);
      expect(said.reduce((sum, { out }) => sum + Number(out), 0)).toBe(3 * CAPACITY);
      const { rows } = await sql<{ partner: string; offers: number; leads: number }>`
      select partner_id as partner, count(*)::int as offers, count(distinct lead_id)::int as leads from offers
      group by 1 order by 1`.execute(db);
      expect(rows).toEqual([...partners].sort().map((partner) => ({ partner, offers: CAPACITY, leads: CAPACITY })));
      const states = await sql<{ state: string; n: number }>`
      select state, count(*)::int as n from leads group by 1 order by 1`.execute(db);
      expect(states.rows).toEqual([
        { state: 'In pool', n: LEADS - 3 * CAPACITY },
        { state: 'Offered', n: 3 * CAPACITY },
      ]);
      const leads = await db.selectFrom('leads').select('id').execute();
      for (const { id } of leads) {
        const { decisions } = await explainLead(db, id, (body, file) => compileRouting(file, body), {
          now: channel.now,
        });
        expect(decisions.map(({ problem }) => problem)).toEqual([null]);
      }
    } finally {
      await sql`drop schema ${sql.id(schema)} cascade`.execute(db);
      await close();
    }
  },
);
