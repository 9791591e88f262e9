/** `sluice offer show`, `pause`, `resume` and `extend`. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/cli/context.ts';
import { offer } from '../../src/cli/offer.ts';
import { refusal, run, scene, setUp } from './desk-scene.ts';

describe('an offer', () => {
  let id: string;
  beforeEach(async () => {
    await setUp();
    id = await scene.channel.offerOf('pe_anna');
  });

  test('is shown with its deadlines', async () => {
    const out = await run(offer, ['show', id]);
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      `${id}  Open  round 1, Alder, lead ${scene.lead}`,
      '  offered 2026-03-02T09:00:00.000Z, to be answered by 2026-03-02T13:00:00.000Z; policy standard, calendar office (UTC)',
      '  accept         running   due 2026-03-02T13:00:00.000Z  if missed: reassign  may be extended once',
      '  first-touch    waiting',
      '',
    ]);
  });

  test('has its clock stopped, started again and moved', async () => {
    scene.channel.now = Date.parse('2026-03-02T10:00:00Z');
    const paused = await run(offer, ['pause', id], { reason: 'vendor-owes-answer' });
    expect(paused).toContain('  the clock stands still: vendor-owes-answer');
    expect(paused).toMatch(/accept +paused/);
    scene.channel.now = Date.parse('2026-03-02T11:00:00Z');
    expect(await run(offer, ['resume', id], { reason: 'vendor-owes-answer' })).toMatch(
      /accept +running +due 2026-03-02T14:00:00.000Z/,
    );
    const extended = JSON.parse(await run(offer, ['extend', id], { deadline: 'accept', json: true }));
    expect(extended.deadlines[0]).toMatchObject({ dueAt: '2026-03-02T16:00:00.000Z', extensionsLeft: 0 });
  });

  test.each([
    [['shw', 'x'], {}, 'there is no "offer shw"', EXIT.usage],
    [['show', 'of_nothing'], {}, 'there is no offer "of_nothing"', EXIT.failed],
    [['pause', 'of_nothing'], { reason: 'vendor-owes-answer' }, 'there is no offer "of_nothing"', EXIT.failed],
    [['pause', 'x'], {}, 'for which reason?', EXIT.usage],
    [['extend', 'x'], {}, 'which deadline?', EXIT.usage],
  ])('refuses %j in words', async (args, options, message, exit) => {
    expect(await refusal(offer, args, options)).toMatchObject({ message, exit });
  });

  test('is not moved as the policy does not allow', async () => {
    expect(await refusal(offer, ['pause', id], { reason: 'lunch' })).toEqual({
      ...{ message: 'sla.yaml has no pause "lunch"', hint: 'It has vendor-owes-answer.', exit: EXIT.failed },
    });
    expect((await refusal(offer, ['extend', id], { deadline: 'first-touch' })).message).toBe(
      'policy "standard" lets nobody extend first-touch',
    );
  });
});
