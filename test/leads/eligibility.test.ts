import { describe, expect, test } from '@jest/globals';
import { type Market, NEW_MARKET } from '../../src/leads/market.ts';
import { type RoutableLead, routeLead } from '../../src/leads/route-lead.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import type { PartnerFacts, PartnerState } from '../../src/model/partner.ts';
import { anna, lead, partner } from './fixtures.ts';

const at = Date.parse('2026-11-23T10:00:00Z');
const DAY = 86_400_000;

/** Why the only partner does not get the lead; null: it does. */
function whyNot(
  eligible: string,
  facts: Partial<PartnerFacts>,
  change: Partial<RoutableLead> = {},
  state: Partial<PartnerState> = {},
  market: Market = NEW_MARKET,
): string | null {
  const routing = compileRouting(
    'routing.yaml',
    `version: 1\noffer: { acceptWithin: 48h }\neligible: { ${eligible} }\nweights: { load: 10 }\notherwise: pool\nroutes: [{ name: all, method: best-fit }]`,
  );
  const given = lead({ at, ...change });
  const { trace } = routeLead(given, [partner('pt_1', facts, state)], routing, { trace: true, market });
  const [candidate] = trace?.routes[0]?.candidates ?? [];
  return candidate?.dropped ? `${candidate.dropped.reason}: ${candidate.dropped.why}` : null;
}

describe('a certification', () => {
  const required = 'certifications: [Vault Expert]';
  const certified = (expires: string | null) => ({ certifications: [{ name: 'Vault Expert', expires }] });

  test('counts to the end of its last day', () => {
    expect(whyNot(required, certified('2026-11-23'))).toBeNull();
    expect(whyNot(required, certified(null))).toBeNull();
    expect(whyNot(required, certified('2026-11-22'))).toBe(
      'certification: is not certified: Vault Expert expired on 2026-11-22',
    );
    expect(whyNot(required, {})).toBe('certification: is not certified: lacks Vault Expert');
  });

  test('for the product is found by whole words of its name', () => {
    const product = 'certifiedForProduct: true';
    expect(whyNot(product, { certifications: [{ name: 'Certified VAULT engineer', expires: null }] })).toBeNull();
    expect(whyNot(product, { certifications: [{ name: 'Vaults', expires: null }] })).toBe(
      'certification: holds no certification in force for Vault',
    );
    expect(whyNot(product, {}, { person: { ...anna, product: null } })).toBeNull();
  });
});

describe('what a partner is', () => {
  test.each([
    ['categories: [Reseller]', { category: 'Distributor' }, 'category: is Distributor, not Reseller'],
    ['categories: [Reseller]', {}, 'category: is of no category, not Reseller'],
    ['', { status: 'Terminated' as const }, 'status: is Terminated, not Active'],
    ['', { minimumScore: 61 }, 'score: takes leads from 61 points on, this one has 60'],
    ['minimumScore: false', { minimumScore: 61 }, null],
    ['', { minimumScore: 60 }, null],
  ])('with %s and %j: %s', (eligible, facts, why) => {
    expect(whyNot(eligible, facts)).toBe(why);
  });

  test('has to speak the language of the person where that is known', () => {
    const german = { person: { ...anna, language: 'de' } };
    expect(whyNot('language: true', { languages: ['en'] }, german)).toBe('language: does not speak de (speaks en)');
    expect(whyNot('language: true', { languages: ['en', 'de'] }, german)).toBeNull();
    expect(whyNot('language: true', { languages: [] })).toBeNull();
    expect(whyNot('', { languages: ['en'] }, german)).toBeNull();
  });

  test('must be near enough, along the great circle', () => {
    const munich = { person: { ...anna, latitude: 48.137, longitude: 11.575 } };
    const berlin = { latitude: 52.52, longitude: 13.405 };
    expect(whyNot('withinKm: 510', berlin, munich)).toBeNull();
    expect(whyNot('withinKm: 500', berlin, munich)).toBe('distance: is 504 km away, more than 500');
    expect(whyNot('withinKm: 500', berlin)).toBe('distance: cannot be told: where it or the lead is, is not known');
  });

  test('must know the company where the route asks for it', () => {
    const account = (known: string[]) => ({ account: { owners: [], registrants: [], known } });
    expect(whyNot('relationship: true', {}, account(['pt_1']))).toBeNull();
    expect(whyNot('relationship: true', {}, account([]))).toBe('relationship: has not worked with this company before');
  });
});

describe('time', () => {
  test('a partner that is away gets nothing until it is back, on every route', () => {
    const away = (from: string, to: string) => whyNot('', { blackouts: [{ from, to }] });
    expect(away('2026-11-23', '2026-11-23')).toBe('blackout: takes no leads until 2026-11-23');
    expect(away('2026-11-24', '2026-12-01')).toBeNull();
    expect(away('2026-11-01', '2026-11-22')).toBeNull();
  });

  test('a day and a week are counted back from the decision', () => {
    const recent = (...ago: number[]) => ({ recent: ago.map((ms) => at - ms) });
    const two = { dailyCapacity: 2, weeklyCapacity: 3 };
    expect(whyNot('', two, {}, recent(0, DAY - 1))).toBe('day: had 2 leads within a day, it takes 2');
    expect(whyNot('', two, {}, recent(0, DAY))).toBeNull();
    expect(whyNot('', two, {}, recent(0, DAY, 7 * DAY - 1))).toBe('week: had 3 leads within a week, it takes 3');
    expect(whyNot('', two, {}, recent(0, DAY, 7 * DAY))).toBeNull();
    expect(whyNot('capacity: false', two, {}, recent(0, 0, 0, 0))).toBeNull();
  });

  test('a partner whose office is closed waits where the route asks for working hours', () => {
    const office = { country: 'DE', timeZone: 'Europe/Berlin' };
    const closed = { closed: ['DE|Europe/Berlin'] };
    expect(whyNot('workingHours: true', office, closed)).toBe('hours: has its office closed just now');
    expect(whyNot('workingHours: true', { ...office, timeZone: null }, closed)).toBeNull();
    expect(whyNot('', office, closed)).toBeNull();
  });

  test('a lead for which partners have no time just now waits, also after others have declined it', () => {
    const routing = compileRouting(
      'r',
      'version: 1\noffer: { acceptWithin: 48h }\nweights: { load: 1 }\notherwise: pool\nroutes: [{ name: all, method: best-fit }]',
    );
    const away = partner('pt_1', { blackouts: [{ from: '2026-11-20', to: '2026-11-30' }] });
    const given = lead({ at, declined: ['pt_2'], rounds: 1 });
    expect(routeLead(given, [away, partner('pt_2')], routing)).toMatchObject({
      outcome: 'pool',
      cause: 'time',
      sentence: 'No partner for Vault in DE has time just now (1 away, 1 had it before)',
    });
  });
});

describe('rejections', () => {
  const rest = 'coolDown: { rejected: 2, within: 30d }';
  const refused = (days: number, product = 'Vault') => ({
    partnerId: 'pt_1',
    country: 'DE',
    product,
    industry: null,
    grade: 'A',
    at: at - days * DAY,
  });
  const whyAfter = (...refusals: ReturnType<typeof refused>[]) => whyNot(rest, {}, {}, {}, { ...NEW_MARKET, refusals });

  test('of leads of one segment give a rest from that segment', () => {
    expect(whyAfter(refused(1), refused(29))).toBe('coolDown: rests: rejected 2 leads of DE, Vault within 30 days');
    expect(whyAfter(refused(1), refused(30))).toBeNull();
    expect(whyAfter(refused(1), refused(2, 'Relay'))).toBeNull();
  });
});
