import { describe, expect, test } from '@jest/globals';
import {
  judgeTerritories,
  type OutcomeCell,
  type TerritoryCell,
  type TerritoryPartner,
} from '../../src/insight/territories.ts';

const RULES = { least: 20, confidence: 0.9 };
const partner = (name: string, territories: string[], competencies = ['Vault']): TerritoryPartner => ({
  id: `pa_${name}`,
  name,
  territories,
  competencies,
});
const cell = (country: string, leads: number, accepted: number, product = 'Vault'): TerritoryCell => ({
  country,
  product,
  size: '50-249',
  leads,
  accepted,
});
const outcome = (name: string, country: string, hits: number, of: number, product = 'Vault'): OutcomeCell => ({
  partner: `pa_${name}`,
  country,
  product,
  size: '50-249',
  hits,
  of,
});

const partners = [partner('Alder', ['DE', 'AT']), partner('Birch', ['DE', 'FR']), partner('Cedar', ['GB'], ['Relay'])];
const cells = [cell('DE', 200, 150), cell('AT', 100, 74), cell('FR', 120, 86), cell('GB', 80, 6), cell('ES', 60, 0)];
const outcomes = [
  outcome('Alder', 'DE', 45, 80),
  outcome('Alder', 'AT', 40, 70),
  outcome('Birch', 'DE', 12, 60),
  outcome('Birch', 'FR', 14, 80),
];

describe('a territory', () => {
  const judged = new Map(judgeTerritories(cells, outcomes, partners, RULES).map((each) => [each.country, each]));

  test('that nobody covers is weak', () => expect(judged.get('ES')?.weak).toContain('no active partner covers it'));

  test('whose leads partners do not take is weak, with both figures', () =>
    expect(judged.get('GB')?.weak[0]).toMatch(/^partners take \d+ % of its leads, \d+ % elsewhere$/));

  test('whose deals are lost is weak', () =>
    expect(judged.get('FR')?.weak).toEqual([expect.stringMatching(/^\d+ % of its deals are won, \d+ % elsewhere$/)]));

  test('that does as others is not, and has no candidates', () =>
    expect(judged.get('AT')).toMatchObject({ weak: [], candidates: [] }));

  test('that is weak gets the partner that wins most leads like its own, though it is elsewhere now', () => {
    const [first, second] = judged.get('FR')?.candidates ?? [];
    expect(first).toMatchObject({ partner: { name: 'Alder' }, covers: false, share: { hits: 85, of: 150 } });
    expect(second).toMatchObject({ partner: { name: 'Birch' }, covers: true });
    expect(judged.get('FR')?.candidates.some(({ partner: { name } }) => name === 'Cedar')).toBe(false);
  });

  test('comes after weaker ones, then by its leads', () =>
    expect([...judged.keys()]).toEqual(['FR', 'GB', 'ES', 'DE', 'AT']));

  test('with few leads is not judged; without any lead, partner or outcome nothing breaks', () => {
    expect(judgeTerritories([cell('DE', 19, 3)], [], partners, RULES)).toEqual([]);
    expect(judgeTerritories([], [], [], RULES)).toEqual([]);
    const [alone] = judgeTerritories([cell('DE', 30, 0)], [], [], RULES);
    expect(alone).toMatchObject({ weak: ['no active partner covers it'], candidates: [] });
  });
});
