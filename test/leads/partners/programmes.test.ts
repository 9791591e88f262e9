import { describe, expect, test } from '@jest/globals';
import { compileProgrammes } from '../../../src/leads/partners/compile-programmes.ts';
import { reviewPartner } from '../../../src/leads/partners/review-partner.ts';
import { noCounts, type PartnerCounts, standingOf } from '../../../src/leads/partners/standing.ts';
import type { PartnerFacts } from '../../../src/model/partner.ts';
import { partner, problemsOf, shipped } from '../fixtures.ts';

const TIERS = ['Platinum', 'Gold', 'Silver', 'Registered'];
const NOW = Date.parse('2026-06-15T12:00:00Z');
const DAY = 86_400_000;

const counts = (change: Partial<PartnerCounts> = {}): PartnerCounts => ({ ...noCounts('EUR'), ...change });

const rules = (text: string, tiers: readonly string[] | null = TIERS) =>
  compileProgrammes('programmes.yaml', `version: 1\n${text}`, tiers);

const review = (text: string, facts: Partial<PartnerFacts>, done: Partial<PartnerCounts> = {}) => {
  const compiled = rules(text);
  const one = partner('pt_1', facts);
  return reviewPartner(one, standingOf(one.facts, counts(done), NOW, compiled.noticeDays), compiled);
};

describe('programmes.yaml', () => {
  test('as shipped is read, with the tiers of the shipped routing', () => {
    const compiled = compileProgrammes(...shipped('programmes'), TIERS);
    expect(compiled.moves.map(({ name, up }) => [name, up])).toEqual([
      ['to-platinum', true],
      ['to-gold', true],
      ['to-silver', true],
      ['out-of-platinum', false],
      ['out-of-gold', false],
    ]);
  });

  const move = (when: string, more = '') =>
    `moves:\n  - { name: up, from: [Gold], to: Platinum, when: ${when}, text: t }\n${more}`;

  test.each<[string, string, string]>([
    ['a name that rules do not know', move('standing.wins > 3'), 'did you mean "won"?'],
    ['a lead, of which there is none here', move('lead.score > 3'), 'lead'],
    [
      'a tier that routing does not name',
      move('standing.won > 3').replace('Platinum', 'Platin'),
      'did you mean "Platinum"?',
    ],
    ['a move to where the partner is', move('standing.won > 3').replace('Platinum', 'Gold'), 'cannot move to it'],
    ['a condition that no partner can meet', move('standing.won > 3 && standing.won < 2'), 'no partner can ever meet'],
    [
      'a rule of entry that no partner can meet',
      'programmes:\n  - { name: P, enter: standing.won > 3 && standing.won < 2 }',
      'no partner can ever meet',
    ],
    [
      'a move in the shadow of an earlier one',
      move('standing.won > 3', '  - { name: top, from: [Gold], to: Silver, when: standing.won > 5, text: t }'),
      '"top" never proposes anything: "up" before it',
    ],
    [
      'two of one name',
      'programmes:\n  - { name: P, enter: standing.won > 3 }\n  - { name: P, enter: standing.won > 4 }',
      'a second one of programmes is called "P"',
    ],
    ['a word that is none', 'silence: 3d', 'silence'],
  ])('%s is refused with its place', (_what, text, said) => {
    const problems = problemsOf(() => rules(text)).join('\n');
    expect(problems).toMatch(/^programmes\.yaml:\d+:\d+: /);
    expect(problems).toContain(said);
  });
});

describe('a partner under the rules', () => {
  const UP =
    'moves:\n  - { name: up, from: [Silver], to: Gold, when: standing.won >= 3 && standing.acceptance >= 50, text: "{standing.won} won" }\n';

  test('is proposed for another tier with the rule, its facts and their values', () => {
    const done = { offered: 5, accepted: 3, rejected: 1, unanswered: 1, won: 3 };
    expect(review(UP, { tier: 'Silver' }, done).proposals).toEqual([
      {
        what: 'tier',
        rule: 'up',
        from: 'Silver',
        to: 'Gold',
        up: true,
        sentence: '3 won',
        condition: 'standing.won >= 3 && standing.acceptance >= 50',
        evidence: [
          { fact: 'standing.won', value: '3' },
          { fact: 'standing.acceptance', value: '60' },
        ],
      },
    ]);
  });

  test.each<[string, Partial<PartnerFacts>]>([
    ['another tier', { tier: 'Registered' }],
    ['no tier', { tier: null }],
    ['a status other than Active', { tier: 'Silver', status: 'Onboarding' }],
  ])('is not moved by a rule for those of one tier when it has %s', (_what, facts) => {
    expect(review(UP, facts, { accepted: 3, won: 3 }).proposals).toEqual([]);
  });

  test('is not moved on what is not known: nobody without an offer accepts half of them', () => {
    expect(review(UP, { tier: 'Silver' }, { won: 3 }).proposals).toEqual([]);
  });

  test('is not sent back and forth: rules that undo each other are told instead', () => {
    const back = '  - { name: down, from: [Gold], to: Silver, when: standing.won < 9, text: t }\n';
    const { proposals, remarks } = review(UP + back, { tier: 'Silver' }, { accepted: 3, won: 3 });
    expect(proposals).toEqual([]);
    expect(remarks).toEqual(['the rules "up" and "down" would send it to Gold and back: make them exclude each other']);
  });

  test('has its expired certifications counted for nothing, those of the last day still', () => {
    const enter = 'programmes:\n  - { name: P, enter: size(standing.certifications) >= 2, benefits: [b] }\n';
    const held = (expires: string) => [
      { name: 'Vault', expires },
      { name: 'Relay', expires: null },
    ];
    const of = (expires: string) => review(enter, { certifications: held(expires) }).memberships[0];
    expect(of('2026-06-14')).toMatchObject({ qualifies: false, member: false, benefits: ['b'] });
    expect(of('2026-06-15')).toMatchObject({
      qualifies: true,
      evidence: [{ fact: 'standing.certifications', value: 'Vault, Relay' }],
    });
  });

  test('shows how long its certifications still hold', () => {
    const certifications = ['2026-06-14', '2026-08-14', '2026-08-15'].map((expires) => ({ name: 'V', expires }));
    const { facts } = partner('pt_1', { certifications: [...certifications, { name: 'R', expires: null }] });
    expect(standingOf(facts, counts(), NOW, 60).certifications.map(({ state, daysLeft }) => [state, daysLeft])).toEqual(
      [
        ['expired', -1],
        ['about to expire', 60],
        ['in force', 61],
        ['in force', null],
      ],
    );
  });

  const SILENT = 'dormant: { silence: 30d, unanswered: 3 }';
  const since = (days: number) => new Date(NOW - days * DAY).toISOString();

  test.each<[string, Partial<PartnerCounts>, Partial<PartnerFacts>, number]>([
    ['has let enough offers pass for long enough', { silent: 3, silentSince: since(30) }, {}, 1],
    ['has let too few pass', { silent: 2, silentSince: since(90) }, {}, 0],
    ['has not been silent for long enough', { silent: 9, silentSince: since(29) }, {}, 0],
    ['was never asked', {}, {}, 0],
    ['is not active anyway', { silent: 3, silentSince: since(30) }, { status: 'Terminated' }, 0],
  ])('is proposed as dormant or not: it %s', (_what, done, facts, proposals) => {
    expect(review(SILENT, facts, done).proposals.filter(({ to }) => to === 'Dormant')).toHaveLength(proposals);
  });

  test('whose record is odd is told of', () => {
    const odd = { territories: [], competencies: [], tier: 'Diamond', category: 'Shop', programmes: ['Old'] };
    expect(review('categories: [Reseller]', odd).remarks).toEqual([
      'covers no territory: no lead can go to it by territory',
      'sells no product: only leads that name none can go to it',
      'is of a tier "Diamond" that routing.yaml does not name',
      'is of a category "Shop" that programmes.yaml does not name',
      'is in a programme "Old" that programmes.yaml does not name',
    ]);
  });
});
