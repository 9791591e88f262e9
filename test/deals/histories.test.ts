/** All random histories of registrations, decisions, extensions, ends and closed deals keep what the rules promise. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { convert, type Deal, followDeal } from '../../src/deals/deal-closed.ts';
import { SECOND_RULES } from '../../src/deals/deals-schema.ts';
import { judgeRegistration, sameProduct } from '../../src/deals/judge.ts';
import {
  approve,
  expire,
  extend,
  type Happening,
  MOVES,
  type Moved,
  type Refused,
  reject,
  type Situation,
  withdraw,
} from '../../src/deals/registration.ts';
import { stepsFor } from '../../src/deals/rules.ts';
import { comesBefore, sharesOf } from '../../src/deals/second.ts';
import { byDue, type DealTimer, timersOf } from '../../src/deals/timers.ts';
import { iso } from '../../src/model/clock.ts';
import { isProtected, type Registration } from '../../src/model/registration.ts';
import { account, dealRules, MONDAY, matcher, registration } from './fixtures.ts';

const HOUR = 3_600_000;
const HERE = { country: null, timeZone: null };
const COMPANIES = [
  account('Alder Systems', 'aldersystems.com'),
  account('Quantum Bakery', 'quantumbakery.com'),
] as const;
const RULES = SECOND_RULES.map((rule) =>
  dealRules({
    approval: '{ chain: [{ name: manager, upTo: { USD: 1000 } }, { name: director }] }',
    protection: '{ days: 20, warn: [5] }',
    extension: '{ times: 2, days: 10 }',
    second: rule === 'both-with-split' ? `{ rule: ${rule}, shares: [70, 30] }` : `{ rule: ${rule} }`,
  }),
);

type Step =
  | { do: 'register'; partner: number; company: number; product: string | null; amount: number }
  | { do: 'approve' | 'reject' | 'withdraw' | 'extend'; which: number; despite: boolean }
  | { do: 'tie'; which: number; deal: number }
  | { do: 'deal'; deal: number; isClosed: boolean; isWon: boolean; deleted: boolean; daysAgo: number }
  | { do: 'wait'; hours: number };

const which = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      partner: fc.nat(2),
      company: fc.nat(1),
      product: fc.constantFrom('Vault', 'Relay', null),
      amount: fc.integer({ min: 1, max: 2_000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'approve' as const,
        'approve' as const,
        'reject' as const,
        'withdraw' as const,
        'extend' as const,
      ),
      which,
      despite: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tie' as const), which, deal: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deal' as const),
      deal: fc.nat(2),
      isClosed: fc.boolean(),
      isWon: fc.boolean(),
      deleted: fc.constantFrom(false, false, false, true),
      daysAgo: fc.nat(8),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 300 }) }) },
);

/** The desk of a vendor in memory: what service/ does, without a store. */
class Desk {
  now = MONDAY;
  readonly all = new Map<string, Registration>();
  readonly fired: string[] = [];
  readonly told: { id: string; kind: Happening }[] = [];
  readonly #deals = new Map<string, Deal>();
  readonly #rules: (typeof RULES)[number];

  constructor(rules: (typeof RULES)[number]) {
    this.#rules = rules;
  }

  take(step: Step): void {
    switch (step.do) {
      case 'register':
        this.#register(step);
        return;
      case 'tie': {
        const it = this.#nth(step.which);
        const deal = this.#deal(step.deal);
        const taken = [...this.all.values()].find(
          (each) =>
            each.id !== it?.id && each.opportunityId === deal.id && ['Pending', 'Approved'].includes(each.state),
        );
        if (it) this.#keep(it, convert(it, deal, taken?.partnerId ?? null, 'anna', this.now));
        return;
      }
      case 'deal': {
        const { isClosed, isWon, deleted, daysAgo } = step;
        const closeDate = iso(this.now - daysAgo * 24 * HOUR).slice(0, 10);
        const deal: Deal = { ...this.#deal(step.deal), isClosed: isClosed || isWon, isWon, deleted, closeDate };
        this.#deals.set(deal.id, deal);
        for (const it of [...this.all.values()].sort(inOrder))
          if (it.opportunityId === deal.id)
            this.#keep(it, followDeal(it, deal, this.situation(it).rivals, false, this.#rules, this.now));
        return;
      }
      case 'wait':
        this.now += step.hours * HOUR;
        this.#fire();
        return;
      default: {
        const it = this.#nth(step.which);
        if (it === undefined) return;
        const { now } = this;
        if (step.do === 'approve')
          this.#keep(it, approve(it, { step: null, by: 'anna', despite: step.despite }, this.situation(it)));
        else if (step.do === 'reject') this.#keep(it, reject(it, 'no', 'anna', now));
        else if (step.do === 'withdraw') this.#keep(it, withdraw(it, '', 'pt', now));
        else this.#keep(it, extend(it, 'anna', this.#rules, now));
      }
    }
  }

  situation(it: Registration): Situation {
    const live = [...this.all.values()].filter(
      (each) => each.id !== it.id && (each.state === 'Pending' || isProtected(each, this.now)),
    );
    const claims = live.map((each) => ({
      ...{ kind: 'registration' as const, id: each.id, since: each.submittedAt, state: each.state },
      ...{ product: each.product, account: each.account },
      holder: { kind: 'partner' as const, id: each.partnerId, name: each.partnerId },
    }));
    const judged = judgeRegistration(it, claims, matcher, this.#rules.weights);
    const same = new Set(judged.conflicts.filter(({ weight }) => weight === 'conflict').map(({ id }) => id));
    const rivals = live
      .filter(({ id }) => same.has(id))
      .map((each) => ({ registration: each, partner: each.partnerId, isIncumbent: each.partnerId === 'pt_0' }));
    return { now: this.now, rules: this.#rules, judged, rivals, isIncumbent: it.partnerId === 'pt_0' };
  }

  #register({ partner, company, product, amount }: Step & { do: 'register' }): void {
    const money = { minor: BigInt(amount) * 100n, currency: 'USD' };
    const id = `rg_${this.all.size}`;
    const place = COMPANIES[company] ?? COMPANIES[0];
    this.all.set(
      id,
      registration({
        ...{ id, partnerId: `pt_${partner}`, account: place, product, amount: money, key: id },
        ...{ needed: stepsFor(this.#rules.chain, money), submittedAt: iso(this.now) },
        decideBy: iso(this.#rules.within.after(this.now, HERE)),
      }),
    );
  }

  #keep(before: Registration, moved: Moved | Refused | null): void {
    if (moved === null || 'refused' in moved) return;
    const { registration: after, happened } = moved;
    if (after.state !== before.state) expect(MOVES[before.state]).toContain(after.state);
    this.all.set(after.id, after);
    this.told.push({ id: after.id, kind: happened.kind });
  }

  #fire(): void {
    const names = (timer: DealTimer) => `${timer.registrationId} ${timer.kind} ${timer.key}`;
    for (;;) {
      const due = [...this.all.values()]
        .flatMap((it) => timersOf(it, this.#rules, HERE))
        .filter((timer) => Date.parse(timer.dueAt) <= this.now && !this.fired.includes(names(timer)))
        .sort(byDue)[0];
      if (due === undefined) return;
      this.fired.push(names(due));
      const it = this.all.get(due.registrationId);
      if (it && due.kind === 'expire') this.#keep(it, expire(it, this.now));
    }
  }

  #nth(n: number): Registration | undefined {
    return [...this.all.values()][n % Math.max(1, this.all.size)];
  }

  #deal(n: number): Deal {
    const id = `op_${n}`;
    return this.#deals.get(id) ?? { id, name: id, isClosed: false, isWon: false, closeDate: null, deleted: false };
  }
}

const inOrder = (a: Registration, b: Registration) => (comesBefore(a, b) ? -1 : 1);

function played(rule: number, steps: readonly Step[], check: (desk: Desk) => void = () => undefined): Desk {
  const desk = new Desk(RULES[rule] ?? dealRules());
  for (const each of steps) {
    desk.take(each);
    check(desk);
  }
  return desk;
}

test('never are two partners protected for one company and product at once, unless the rule says so; then never three', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.array(step, { maxLength: 40 }), (rule, steps) => {
      const most = SECOND_RULES[rule] === 'both-with-split' ? 2 : 1;
      played(rule, steps, ({ all, now }) => {
        const held = [...all.values()].filter((it) => isProtected(it, now));
        for (const one of held) {
          const others = held.filter(
            (each) => each.account.domain === one.account.domain && sameProduct(each.product, one.product),
          );
          // A registration of all products meets each of them, and these do not meet each other.
          const partners = new Set(
            others.filter((each) => sameProduct(each.product, one.product)).map((each) => each.partnerId),
          );
          if (one.product !== null) expect(partners.size).toBeLessThanOrEqual(most);
          if (most === 1) expect(partners.size).toBe(1);
        }
      });
    }),
    { numRuns: 150 },
  );
});

test('a timer never fires twice, and nothing that is over or not protected is still Approved when its time has come', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.array(step, { maxLength: 40 }), (rule, steps) => {
      const desk = played(rule, [...steps, { do: 'wait', hours: 24 * 100 }]);
      expect(new Set(desk.fired).size).toBe(desk.fired.length);
      for (const it of desk.all.values()) expect(it.state).not.toBe('Approved');
    }),
    { numRuns: 100 },
  );
});

test('the same history gives the same registrations', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.array(step, { maxLength: 30 }), (rule, steps) => {
      expect([...played(rule, steps).all.values()]).toEqual([...played(rule, steps).all.values()]);
    }),
    { numRuns: 40 },
  );
});

test('registrations of one instant are in the same order however they arrive, and so are those who share a deal', () => {
  const rules = RULES[3] ?? dealRules();
  const at = iso(MONDAY);
  const two = ['rg_a', 'rg_b'].map((id) => registration({ id, submittedAt: at, decidedAt: at }));
  const [a, b] = two;
  if (a === undefined || b === undefined) throw new Error('there are two');
  expect(comesBefore(a, b)).toBe(true);
  expect(comesBefore(b, a)).toBe(false);
  expect(sharesOf([a, b], rules)).toEqual([7_000, 3_000]);
  expect(sharesOf([b, a], rules)).toEqual([3_000, 7_000]);
  expect(sharesOf([b], rules)).toEqual([10_000]);
});
