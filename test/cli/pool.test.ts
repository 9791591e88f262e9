/** `sluice pool list`, and `sluice offer claim`. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/cli/context.ts';
import { offer } from '../../src/cli/offer.ts';
import { pool } from '../../src/cli/pool.ts';
import { compileIntake } from '../../src/leads/intake.ts';
import { compileScoring } from '../../src/leads/scoring.ts';
import { hasAnswers } from '../../src/leads/service/answer-links.ts';
import { LEAD_EVENTS, react } from '../../src/leads/service/react.ts';
import { eventsFor } from '../../src/store/events.ts';
import { POOL_RULES } from '../leads/service/pool-rules.ts';
import { db, refusal, run, scene, setUp } from './desk-scene.ts';

const shipped = (name: string) => [`config/${name}.yaml`, readFileSync(`config/${name}.yaml`, 'utf8')] as const;
const rules = { intake: compileIntake(...shipped('intake')), scoring: compileScoring(...shipped('scoring')) };

describe('the pool', () => {
  beforeEach(() => setUp(POOL_RULES));

  test('is listed with who may claim', async () => {
    const out = await run(pool, []);
    expect(out).toContain(`  ${scene.lead}  B  DE, 300 employees, Vault\n`);
    expect(out).toMatch(/; for Alder$/m);
    const { leads } = JSON.parse(await run(pool, ['list'], { json: true }));
    expect(leads).toMatchObject([{ id: scene.lead, claimants: [{ name: 'Alder' }] }]);
  });

  test('is listed for a partner as it may see it', async () => {
    const out = await run(pool, ['list'], { partner: 'alder' });
    expect(out).toBe(`Alder may claim 1 lead:\n  ${scene.lead}  B  DE, 300 employees, Vault\n`);
    expect(await run(pool, ['list'], { partner: 'brook' })).toBe(
      'There is nothing in the pool that Brook [2J may claim.\n',
    );
  });

  test('says where the list was cut', async () => {
    expect(await run(pool, [], { limit: 1 })).toContain('--limit shows more than 1');
  });

  test('gives a lead to a partner, once, and says so again', async () => {
    const out = await run(offer, ['claim', scene.lead], { partner: 'Ald' });
    expect(out).toContain(`Alder now has lead ${scene.lead}. The CRMs hear of it with the next sync.\nof_`);
    expect(out).toMatch(/first-touch +running +due 2026-03-03T09:00:00.000Z/);
    expect(await run(offer, ['claim', scene.lead], { partner: 'Alder' })).toContain(`Alder has lead ${scene.lead}.`);
    const again = JSON.parse(await run(offer, ['claim', scene.lead], { partner: 'Alder', json: true }));
    expect(again).toMatchObject({ again: true, offer: { status: 'Accepted', leadId: scene.lead } });
    expect(await run(pool, [])).toBe('The pool is empty.\n');
  });

  test('refuses in words', async () => {
    expect(await refusal(offer, ['claim', scene.lead], { partner: 'Brook\u001b[2J' })).toMatchObject({
      message: expect.stringContaining('does not cover DE (covers FR)'),
    });
    expect(await refusal(offer, ['claim', scene.lead])).toEqual({
      ...{ message: 'which partner?', hint: '--partner NAME', exit: EXIT.usage },
    });
    expect((await refusal(offer, ['claim', 'ld_nothing'], { partner: 'Alder' })).message).toBe(
      'Alder cannot have lead "ld_nothing": there is no such lead',
    );
    expect((await refusal(pool, ['list'], { partner: 'Aldr' })).message).toBe('there is no partner "Aldr"');
    expect((await refusal(pool, ['show'])).message).toBe('there is no "pool show"');
  });

  test('the next run tells the CRMs of the claim', async () => {
    expect(await hasAnswers(db)).toBe(false);
    await run(offer, ['claim', scene.lead], { partner: 'Alder' });
    expect(await hasAnswers(db)).toBe(true);
    const touched = await react(db, await eventsFor(db, 'leads', LEAD_EVENTS, 100), rules, scene.channel.now);
    const { id, offer_id: offerId } = await scene.channel.leadOf('pe_anna');
    expect([[...touched.leads.keys()], [...touched.offers.keys()]]).toEqual([[id], [offerId]]);
  });
});
