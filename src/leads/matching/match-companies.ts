/**
 * Whether two records are one company: a probability with its reasons, and the zone that follows from it. Pure; what a
 * vendor decides stands in config/matching.yaml.
 */
import { type CompanyName, readCompanyName } from './company-name.ts';
import { compareCompanyNames, type NameComparison } from './compare-names.ts';
import {
  type CompanyRecord,
  type CompanyTraits,
  type Evidence,
  evidenceOf,
  kinshipEvidence,
  kinshipOf,
  traitsOf,
} from './evidence.ts';
import type { MatchRules } from './match-config.ts';
import { type NameContext, NO_CONTEXT } from './name-address.ts';
import { NAME_MODEL, nameLogOdds, probabilityOf } from './name-model.ts';
import { plainRarity, type Rarity } from './rarity.ts';

export type Zone = 'same' | 'review' | 'different';

export interface Verdict {
  /** From 0 to 1. */
  readonly probability: number;
  readonly zone: Zone;
  /** In words, the weightiest first. Never empty. */
  readonly reasons: readonly string[];
}

/** A record taken apart once, to be compared many times. */
export interface PreparedCompany {
  readonly record: CompanyRecord;
  readonly name: CompanyName | null;
  readonly traits: CompanyTraits;
}

/** What is known of all the names among which matches are sought. */
export interface Corpus {
  readonly names: NameContext;
  readonly rarity: Rarity;
}

/** Nothing is known: a word counts by its kind alone. */
export const NO_CORPUS: Corpus = { names: NO_CONTEXT, rarity: plainRarity };

export function prepareCompany(record: CompanyRecord, corpus: Corpus = NO_CORPUS): PreparedCompany {
  const named = record.name !== null && record.name.trim() !== '';
  return {
    record,
    name: named ? readCompanyName(record.name as string, corpus.names) : null,
    traits: traitsOf(record),
  };
}

/** A record of which only the name is known. */
export function namedCompany(id: string, name: string): CompanyRecord {
  return {
    id,
    name,
    domain: null,
    phone: null,
    street: null,
    postalCode: null,
    city: null,
    country: null,
    parentId: null,
  };
}

/** Before anything is known of two names that share a key. */
const NO_NAME_LOG_ODDS = -3;

export function matchCompanies(
  left: PreparedCompany,
  right: PreparedCompany,
  rules: MatchRules,
  corpus: Corpus = NO_CORPUS,
): Verdict {
  const comparison = left.name && right.name ? compareCompanyNames(left.name, right.name, corpus.rarity) : null;
  const kinship = kinshipOf(left.record, right.record);
  const evidence = [...evidenceOf(left.traits, right.traits), ...kinshipEvidence(kinship)];
  const beside = evidence.reduce((sum, { weight }) => sum + weight, 0);
  const byName = comparison === null ? NO_NAME_LOG_ODDS : nameLogOdds(comparison.features, NAME_MODEL);
  const probability = probabilityOf(byName + beside);
  const doubts = comparison === null ? [] : doubtsOf(comparison, rules);
  const kin = kinship === 'parent' ? ['one record is the parent of the other in the CRM'] : [];
  // Would they be one but for the difference? Then it is just the difference that a person must judge.
  const but = comparison === null || doubts.length === 0 ? probability : probabilityOf(nearly(comparison) + beside);
  const zone =
    kin.length > 0 || (doubts.length > 0 && but >= rules.zones.review) ? 'review' : zoneOf(probability, rules);
  return {
    probability,
    zone,
    reasons: [...kin, ...doubts, ...nameReasons(left, right, comparison, doubts), ...told(evidence)],
  };
}

function zoneOf(probability: number, { zones }: MatchRules): Zone {
  return probability >= zones.same ? 'same' : probability >= zones.review ? 'review' : 'different';
}

/** Differences that make two names of one company two companies often enough for a person to look. */
function doubtsOf({ features, differences }: NameComparison, rules: MatchRules): string[] {
  const doubts: string[] = [];
  const { alwaysReview } = rules;
  if (alwaysReview.places && (features.placesDiffer > 0 || features.placeOneSided > 0))
    doubts.push(`the names differ in a place: ${differences.places}`);
  if (alwaysReview.numbers && features.numbersDiffer > 0)
    doubts.push(`the names differ in a number: ${differences.numbers}`);
  if (alwaysReview.parts && features.partsDiffer > 0)
    doubts.push(`perhaps a parent and its part: ${differences.parts}`);
  else if (alwaysReview.parts && differences.contained !== '')
    doubts.push(`perhaps a parent and its part: one name is the other and ${differences.contained}`);
  return doubts;
}

/** The log-odds by name as if places, numbers and parts of a group agreed. */
function nearly({ features }: NameComparison): number {
  return nameLogOdds({ ...features, placesDiffer: 0, placeOneSided: 0, numbersDiffer: 0, partsDiffer: 0 }, NAME_MODEL);
}

function nameReasons(
  left: PreparedCompany,
  right: PreparedCompany,
  comparison: NameComparison | null,
  doubts: readonly string[],
): string[] {
  if (comparison === null || !left.name || !right.name) return ['a name is missing'];
  const { features, shared, onlyLeft, onlyRight } = comparison;
  const reasons: string[] = [];
  if (features.same === 1 && doubts.length === 0)
    reasons.push('the same name but for spelling, legal form and address');
  else {
    if (features.acronym === 1) reasons.push('one name is the first letters of the other');
    const exact = shared.filter(({ likeness }) => likeness === 1).map((word) => word.left);
    const close = shared.filter(({ likeness }) => likeness < 1).map((word) => `${word.left} for ${word.right}`);
    if (exact.length > 0) reasons.push(`both say ${quoted(exact)}`);
    if (close.length > 0) reasons.push(`alike: ${close.join(', ')}`);
    if (onlyLeft.length > 0 && features.acronym === 0) reasons.push(`only the first says ${quoted(onlyLeft)}`);
    if (onlyRight.length > 0 && features.acronym === 0) reasons.push(`only the second says ${quoted(onlyRight)}`);
    if (shared.length === 0 && features.acronym === 0) reasons.unshift('the names have no word in common');
  }
  return reasons;
}

const quoted = (words: readonly string[]) => words.map((word) => `"${word}"`).join(', ');

function told(evidence: readonly Evidence[]): string[] {
  return [...evidence].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).map(({ says }) => says);
}
