import { describe, expect, test } from '@jest/globals';
import { planAnswer, planDeal, planWork, winChance } from '../../../sandbox/market/behaviour.ts';
import { generatePopulation } from '../../../sandbox/market/people.ts';

const { people, partners } = generatePopulation({ seed: 2, leads: 120, days: 30 });
const bySkill = [...partners].sort((a, b) => a.hidden.skill - b.hidden.skill);
const worst = bySkill.slice(0, 5);
const best = bySkill.slice(-5);
const offer = { createdAt: 100, acceptBy: 148 };
const meetings = (chosen: typeof partners) =>
  chosen.flatMap((partner) => people.map((person) => ({ partner, person })));

describe('what partners and buyers decide', () => {
  test('the same partner answers the same person the same way', () => {
    for (const { partner, person } of meetings(best).slice(0, 50)) {
      expect(planAnswer(2, partner, person, offer)).toEqual(planAnswer(2, partner, person, offer));
    }
  });

  test('answers come after the offer, reasons with rejections alone, late ones after the deadline', () => {
    const answers = meetings(partners).map(({ partner, person }) => planAnswer(2, partner, person, offer));
    const given = answers.filter((answer) => answer.kind === 'answer');
    const wrong = given.filter(
      ({ at, reason, accepted, late: isLate }) =>
        at <= offer.createdAt || (reason === null) !== accepted || isLate !== at >= offer.acceptBy,
    );
    expect(wrong).toEqual([]);
    const late = given.filter((answer) => answer.late).length;
    const ignored = answers.filter(({ kind }) => kind === 'ignore').length;
    expect(late).toBeGreaterThan(0);
    expect(late / answers.length).toBeLessThan(0.1);
    expect(ignored / answers.length).toBeGreaterThan(0.05);
    expect(ignored / answers.length).toBeLessThan(0.4);
  });

  test('skilled partners qualify and win more', () => {
    const qualified = (chosen: typeof partners) =>
      meetings(chosen).filter(({ partner, person }) => planWork(2, partner, person, 0).qualified).length;
    expect(qualified(best)).toBeGreaterThan(qualified(worst) * 1.2);
    const [somebody] = people;
    expect(winChance(best[0] ?? null, somebody ?? null)).toBeGreaterThan(winChance(worst[0] ?? null, somebody ?? null));
  });

  test('a deal moves forward in time to an end that its last step shows', () => {
    const plans = Array.from({ length: 300 }, (_, n) =>
      planDeal(2, { key: `deal-${n}`, employees: 50 + n, winChance: 0.5, opensAt: 10, buysAnyway: false }),
    );
    for (const { steps, won } of plans) {
      expect(steps[0]?.at).toBe(10);
      expect(steps.every((step, n) => n === 0 || step.at > (steps[n - 1]?.at ?? 0))).toBe(true);
      expect(steps.at(-1)?.stage).toBe(won ? 'Closed Won' : 'Closed Lost');
      const amounts = steps.map(({ amountCents }) => amountCents);
      expect(amounts.filter((cents) => !Number.isInteger(cents) || cents < 200_000 || cents > 25_000_000)).toEqual([]);
    }
    const changedAfterClosing = plans.filter(
      ({ steps }) => steps.filter(({ stage }) => stage === 'Closed Won').length > 1,
    );
    expect(changedAfterClosing.length).toBeGreaterThan(5);
  });

  test('who buys anyway wins without fail', () => {
    const terms = { employees: 80, winChance: 1, opensAt: 0, buysAnyway: true };
    for (let n = 0; n < 50; n++) {
      expect(planDeal(2, { ...terms, key: `alone-${n}` }).wouldHaveBoughtAnyway).toBe(true);
    }
  });
});
