import { describe, expect, test } from '@jest/globals';
import { convert, type Deal, followDeal } from '../../src/deals/deal-closed.ts';
import {
  approve,
  approveByRule,
  expire,
  extend,
  type Moved,
  type Refused,
  reject,
  type Situation,
  withdraw,
} from '../../src/deals/registration.ts';
import { nextStep, stepsFor } from '../../src/deals/rules.ts';
import type { Rival } from '../../src/deals/second.ts';
import { timersOf } from '../../src/deals/timers.ts';
import { partnerFacts } from '../../src/model/partner.ts';
import { type Evidence, isProtected, REGISTRATION_STATES, type Registration } from '../../src/model/registration.ts';
import { dealRules, MONDAY, registration, rulesFrom, shippedRules } from './fixtures.ts';

const DAY = 86_400_000;
const HERE = { country: null, timeZone: null };
const rules = dealRules({ extension: '{ times: 1, days: 30, askWithin: 20 }' });

function situation(given: Partial<Situation> = {}): Situation {
  return { now: MONDAY, rules, judged: { verdict: 'clear', conflicts: [] }, rivals: [], isIncumbent: false, ...given };
}
function done(moved: Moved | Refused | null): Registration {
  if (moved === null || 'refused' in moved) throw new Error(moved === null ? 'nothing moved' : moved.refused);
  return moved.registration;
}
const refusal = (moved: Moved | Refused) => ('refused' in moved ? moved.refused : 'not refused');
const yes = (step: string | null = null, despite = false) => ({ step, by: 'anna', despite });
const approved = (given: Partial<Registration> = {}) => done(approve(registration(given), yes(), situation()));
const evidence = (given: Partial<Evidence>): Evidence => ({
  kind: 'opportunity',
  id: 'op_1',
  holder: { kind: 'direct', id: null, name: "the vendor's own team" },
  since: null,
  state: 'Proposal',
  product: null,
  account: { name: 'Alder', domain: null, country: null, city: null },
  probability: 0.97,
  reasons: ['the same domain'],
  weight: 'conflict',
  ...given,
});
const deal = (given: Partial<Deal> = {}): Deal => ({
  ...{ id: 'op_1', name: 'Alder Vault', isClosed: true, isWon: true, closeDate: '2026-03-20', deleted: false },
  ...given,
});
const rival = (given: Partial<Registration>, isIncumbent = false): Rival => ({
  registration: registration({ id: 'rg_2', partnerId: 'pt_2', ...given }),
  partner: 'Birch',
  isIncumbent,
});

describe('the approval chain', () => {
  test('asks every step up to the first whose limit covers the amount', () => {
    const usd = (minor: bigint) => stepsFor(rules.chain, { minor, currency: 'USD' });
    expect(usd(100_000n)).toEqual(['manager']);
    expect(usd(100_001n)).toEqual(['manager', 'director']);
    expect(usd(500_001n)).toEqual(['manager', 'director', 'board']);
  });

  test('asks all of it for an amount that is not known, or in a currency without a limit', () => {
    expect(stepsFor(rules.chain, null)).toEqual(['manager', 'director', 'board']);
    expect(stepsFor(rules.chain, { minor: 1n, currency: 'JPY' })).toEqual(['manager', 'director', 'board']);
  });

  test('goes from step to step, and the last yes approves', () => {
    const pending = registration({ needed: ['manager', 'director'] });
    const first = done(approve(pending, yes(), situation()));
    expect(first).toMatchObject({ state: 'Pending', reason: 'manager has approved, director must too' });
    expect(nextStep(first)).toBe('director');
    const second = done(approve(first, yes(), situation()));
    expect(second).toMatchObject({ state: 'Approved', protectedUntil: new Date(MONDAY + 90 * DAY).toISOString() });
    expect(second.approvals.map(({ step }) => step)).toEqual(['manager', 'director']);
  });

  test('lets who stands above decide for those below, and nobody twice', () => {
    const pending = registration({ needed: ['manager', 'director'] });
    expect(done(approve(pending, yes('board'), situation())).state).toBe('Approved');
    const first = done(approve(pending, yes('manager'), situation()));
    expect(refusal(approve(first, yes('manager'), situation()))).toBe(
      '"manager" has said yes already; it is the turn of "director"',
    );
    expect(refusal(approve(pending, yes('boss'), situation()))).toContain('no step "boss"');
  });

  test('an opportunity of the vendor in the way needs a word that it is meant despite of it', () => {
    const judged = { verdict: 'conflict' as const, conflicts: [evidence({})] };
    expect(refusal(approve(registration(), yes(), situation({ judged })))).toBe(
      "the vendor's own team has the company already (opportunity op_1, Proposal)",
    );
    expect(done(approve(registration(), yes(null, true), situation({ judged }))).state).toBe('Approved');
  });

  test('no word makes two of one partner’s registrations of the same deal', () => {
    const judged = {
      verdict: 'duplicate' as const,
      conflicts: [evidence({ kind: 'registration', weight: 'duplicate' })],
    };
    expect(refusal(approve(registration(), yes(null, true), situation({ judged })))).toContain(
      'has registered the deal already',
    );
  });

  test('a window that counts from submission and is over grants nothing', () => {
    const from = dealRules({ protection: '{ days: 10, from: submission, warn: [] }' });
    const late = situation({ rules: from, now: MONDAY + 10 * DAY });
    expect(refusal(approve(registration(), yes(), late))).toContain('would have ended on 2026-03-12T10:00:00.000Z');
  });
});

describe('approval at once', () => {
  const auto = rulesFrom(
    'version: 1\ndecision: { within: 48h }\napproval: { auto: \'deal.amount <= 500 && partner.tier == "Gold"\', chain: [{ name: manager }] }\n',
  );
  const facts = {
    ...{ amount: { minor: 50_000n, currency: 'USD' }, product: null, country: null, source: 'api' },
    ...{ verdict: 'clear' as const, hasOpportunity: false, partner: partnerFacts({ tier: 'Gold' }) },
  };

  test('holds for what the condition says', () => {
    expect(done(approveByRule(registration(), facts, situation({ rules: auto }))).reason).toContain('approved by rule');
    expect(
      approveByRule(registration(), { ...facts, partner: partnerFacts({}) }, situation({ rules: auto })),
    ).toBeNull();
  });

  test('a cent above a limit is above it', () => {
    const amount = { minor: 50_001n, currency: 'USD' };
    expect(approveByRule(registration(), { ...facts, amount }, situation({ rules: auto }))).toBeNull();
  });

  test('never passes over anything that stands against it', () => {
    const judged = { verdict: 'review' as const, conflicts: [evidence({ weight: 'review' })] };
    expect(approveByRule(registration(), facts, situation({ rules: auto, judged }))).toBeNull();
    const rivals = [rival({ state: 'Approved', protectedUntil: '2026-04-01T00:00:00.000Z' })];
    expect(approveByRule(registration(), facts, situation({ rules: auto, rivals }))).toBeNull();
  });
});

describe('a second registrant', () => {
  const other = { state: 'Approved' as const, protectedUntil: '2026-04-01T00:00:00.000Z' };
  const under = (rule: string, rivals: readonly Rival[], isIncumbent = false, given: Partial<Registration> = {}) =>
    approve(
      registration(given),
      yes(null, true),
      situation({ rules: dealRules({ second: rule }), rivals, isIncumbent }),
    );

  test.each(['first-come', 'first-approved', 'incumbent'])('%s: what is protected stays protected', (rule) => {
    expect(refusal(under(`{ rule: ${rule} }`, [rival(other)], true))).toContain('Birch has it until 2026-04-01');
  });

  test('first-come: an earlier one is decided first; of equal times the smaller id', () => {
    const at = (ms: number) => new Date(MONDAY + ms).toISOString();
    expect(refusal(under('{ rule: first-come }', [rival({ submittedAt: at(-1) })]))).toContain('registered it first');
    expect(done(under('{ rule: first-come }', [rival({ submittedAt: at(1) })])).state).toBe('Approved');
    expect(done(under('{ rule: first-come }', [rival({})])).state).toBe('Approved');
    expect(refusal(under('{ rule: first-come }', [rival({ id: 'rg_0' })]))).toContain('registered it first (rg_0)');
  });

  test('first-approved: who waits stands in nobody’s way', () => {
    expect(done(under('{ rule: first-approved }', [rival({ id: 'rg_0' })])).state).toBe('Approved');
  });

  test('incumbent: who does business with the company goes first, however late', () => {
    const waiting = rival({ id: 'rg_9', submittedAt: new Date(MONDAY + DAY).toISOString() }, true);
    expect(refusal(under('{ rule: incumbent }', [waiting]))).toContain('does business with the company already');
    expect(done(under('{ rule: incumbent }', [rival({ id: 'rg_0' })], true)).state).toBe('Approved');
  });

  test('both-with-split: two may have it, a third may not', () => {
    const rule = '{ rule: both-with-split, shares: [70, 30] }';
    expect(done(under(rule, [rival(other)])).state).toBe('Approved');
    expect(refusal(under(rule, [rival(other), rival({ ...other, id: 'rg_3' })]))).toContain(
      'two partners have it already',
    );
  });
});

describe('a window', () => {
  test('holds up to its end, which is no longer in it', () => {
    const it = approved();
    const end = Date.parse(it.protectedUntil ?? '');
    expect(isProtected(it, end - 1)).toBe(true);
    expect(isProtected(it, end)).toBe(false);
    expect(expire(it, end - 1)).toBeNull();
    expect(done(expire(it, end))).toMatchObject({ state: 'Expired' });
  });

  test('is extended in its last days, as often as the rules say, and never after its end', () => {
    const it = approved();
    expect(refusal(extend(it, 'anna', rules, MONDAY))).toContain('too early');
    const later = done(extend(it, 'anna', rules, MONDAY + 80 * DAY));
    expect(later).toMatchObject({ extensions: 1, protectedUntil: new Date(MONDAY + 120 * DAY).toISOString() });
    expect(refusal(extend(later, 'anna', rules, MONDAY + 110 * DAY))).toContain('as often as deals.yaml allows');
    expect(refusal(extend(it, 'anna', rules, MONDAY + 90 * DAY))).toContain('its window ended');
    expect(refusal(extend(it, 'anna', dealRules(), MONDAY))).toBe('deals.yaml lets no window be extended');
  });

  test('asks its clock for a warning before each end and for the end, a pending one for its decision', () => {
    const decideBy = new Date(rules.within.after(MONDAY, HERE)).toISOString();
    expect(decideBy).toBe('2026-03-04T10:00:00.000Z');
    expect(timersOf(registration({ decideBy }), rules, HERE).map(({ kind, dueAt }) => [kind, dueAt])).toEqual([
      ['remind', '2026-03-03T10:00:00.000Z'],
      ['missed', '2026-03-04T10:00:00.000Z'],
    ]);
    const names = timersOf(approved(), rules, HERE).map(({ kind, key }) => `${kind} ${key}`);
    expect(names).toEqual(['expiring 14 days, 0', 'expiring 3 days, 0', 'expire ']);
    for (const state of ['Rejected', 'Withdrawn', 'Expired', 'Won', 'Lost', 'Held'] as const)
      expect(timersOf(registration({ state }), rules, HERE)).toEqual([]);
  });
});

describe('its deal', () => {
  const it = approved({ opportunityId: 'op_1' });
  const follow = (
    given: Partial<Deal>,
    registered: Registration = it,
    rivals: readonly Rival[] = [],
    now = MONDAY + 30 * DAY,
  ) => followDeal(registered, deal(given), rivals, false, rules, now);

  test('won on a day of the window makes it won, also where the news comes late', () => {
    expect(done(follow({}))).toMatchObject({ state: 'Won', closedAt: '2026-03-20T00:00:00.000Z' });
    const expired = done(expire(it, MONDAY + 90 * DAY));
    expect(done(follow({}, expired, [], MONDAY + 95 * DAY)).state).toBe('Won');
    expect(follow({ closeDate: '2026-07-01' }, expired, [], MONDAY + 150 * DAY)).toBeNull();
  });

  test('won before the approval is not its doing', () => {
    expect(done(follow({ closeDate: '2026-03-01' }))).toMatchObject({ state: 'Expired' });
  });

  test('a close date to come is that of a plan: a deal that is won now was won now', () => {
    expect(done(follow({ closeDate: '2029-01-01' })).closedAt).toBe(new Date(MONDAY + 30 * DAY).toISOString());
  });

  test('lost, opened again and won it follows', () => {
    const lost = done(follow({ isWon: false }));
    expect(lost.state).toBe('Lost');
    const again = done(follow({ isClosed: false, isWon: false }, lost));
    expect(again).toMatchObject({ state: 'Approved', closedAt: null });
    expect(done(follow({}, again)).state).toBe('Won');
  });

  test('opened again while another has it, it is over', () => {
    const lost = done(follow({ isWon: false }));
    const rivals = [rival({ state: 'Approved', protectedUntil: '2026-12-01T00:00:00.000Z' })];
    expect(done(follow({ isClosed: false, isWon: false }, lost, rivals))).toMatchObject({ state: 'Expired' });
  });

  test('deleted leaves the window, but takes a win back', () => {
    expect(done(follow({ deleted: true }))).toMatchObject({ state: 'Approved', opportunityId: null });
    expect(done(follow({ deleted: true }, done(follow({}))))).toMatchObject({ state: 'Expired' });
  });

  test('closed before anybody decided, there is nothing left to protect', () => {
    const pending = registration({ opportunityId: 'op_1' });
    expect(done(follow({}, pending))).toMatchObject({ state: 'Rejected' });
  });

  test('is tied to one that is open, or was closed within the window, and is nobody else’s', () => {
    const open = deal({ isClosed: false, isWon: false });
    const free = approved();
    expect(done(convert(free, open, null, 'anna', MONDAY)).opportunityId).toBe('op_1');
    expect(refusal(convert(free, open, 'Birch', 'anna', MONDAY))).toContain('tied to the registration of Birch');
    expect(refusal(convert(registration(), deal(), null, 'anna', MONDAY + 30 * DAY))).toContain('is closed already');
    expect(done(convert(free, deal(), null, 'anna', MONDAY + 30 * DAY)).opportunityId).toBe('op_1');
    expect(refusal(convert(free, deal({ deleted: true }), null, 'anna', MONDAY))).toContain('was deleted');
    expect(refusal(convert(registration({ state: 'Rejected' }), open, null, 'anna', MONDAY))).toContain('is Rejected');
  });
});

test('a rejection has a reason; what is over cannot be rejected or withdrawn', () => {
  expect(refusal(reject(registration(), ' ', 'anna', MONDAY))).toBe('a rejection needs a reason');
  expect(done(reject(registration(), 'ours', 'anna', MONDAY))).toMatchObject({ state: 'Rejected', reason: 'ours' });
  expect(done(withdraw(approved(), '', 'pt_1', MONDAY)).state).toBe('Withdrawn');
  for (const state of REGISTRATION_STATES.filter((each) => !['Held', 'Pending', 'Approved'].includes(each))) {
    expect(refusal(reject(registration({ state }), 'x', 'anna', MONDAY))).toContain(`is ${state}`);
    expect(refusal(withdraw(registration({ state }), 'x', 'anna', MONDAY))).toContain(`is ${state}`);
  }
});

test('the file that ships compiles', () => {
  expect(shippedRules()).toMatchObject({ missed: 'escalate', second: { rule: 'first-approved' } });
});

test.each([
  ['approval', '{ chain: [{ name: a }, { name: b }] }', 'nobody after "a" is ever asked'],
  ['approval', '{ chain: [{ name: a, upTo: { USD: 5 } }] }', 'the last step must cover every amount'],
  [
    'approval',
    '{ chain: [{ name: a, upTo: { USD: 5 } }, { name: b, upTo: { USD: 5 } }, { name: c }] }',
    'covers no more than "a"',
  ],
  ['approval', '{ auto: deal.amont > 3, chain: [{ name: a }] }', '"deal" has no field "amont"'],
  ['approval', '{ auto: person.title == "x", chain: [{ name: a }] }', 'unknown name "person"'],
  ['second', '{ rule: both-with-split }', 'which share does each get?'],
  ['second', '{ rule: both-with-split, shares: [60, 30] }', 'do not add up to 100'],
  ['second', '{ rule: first-come, shares: [60, 40] }', 'shares nothing'],
  ['decision', '{ within: soon }', '"soon" is no time'],
  ['protection', '{ days: 10, warn: [10] }', 'is not within 10 days'],
])('deals.yaml is refused where %s is %s', (section, value, message) => {
  expect(() => dealRules({ [section]: value })).toThrow(message);
});
