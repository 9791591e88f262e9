import type { EntityValue } from '../mapping/entities.ts';
import { EMPTY_PERSON, type PersonFacts, STAGES, type Stage } from '../model/person.ts';

/** What one CRM record says of a person, and of the company it names. */
export interface PersonSource {
  /** Lower counts more: the order of connections, then contacts before leads. */
  readonly rank: number;
  readonly recordId: string;
  readonly value: EntityValue<'person'>;
  readonly company: EntityValue<'company'> | null;
  /** The record was converted into others and is left alone: its stage counts only where no other record states one. */
  readonly isConverted?: boolean;
}

/**
 * What is known of a person, from all its records: of each fact the first one stated, by rank then record id; a fact of the
 * company record counts only where no record of the person states it. The stage is the furthest that any record reached,
 * an opt-out anywhere counts everywhere. The result does not depend on the order in which records were read.
 */
export function personFacts(sources: readonly PersonSource[]): PersonFacts {
  const sorted = [...sources].sort((a, b) => a.rank - b.rank || (a.recordId < b.recordId ? -1 : 1));
  const first = <T>(pick: (source: PersonSource) => T | null | undefined): T | null => {
    for (const source of sorted) {
      const value = pick(source);
      if (value !== null && value !== undefined && value !== '') return value;
    }
    return null;
  };
  return {
    ...EMPTY_PERSON,
    firstName: first((source) => source.value.firstName),
    lastName: first((source) => source.value.lastName),
    email: first((source) => source.value.email ?? source.value.emails[0]),
    phone: first((source) => source.value.phone),
    title: first((source) => source.value.title),
    companyName: first((source) => source.value.companyName) ?? first((source) => source.company?.name),
    domain: first((source) => source.value.domain) ?? first((source) => source.company?.domain),
    country: first((source) => source.value.country) ?? first((source) => source.company?.country),
    industry: first((source) => source.value.industry) ?? first((source) => source.company?.industry),
    employees: first((source) => source.value.employees) ?? first((source) => source.company?.employees),
    product: first((source) => source.value.product),
    source: first((source) => source.value.source),
    stage: stageOf(sorted.filter(({ isConverted }) => isConverted !== true)) ?? stageOf(sorted),
    optedOut: sorted.some((source) => source.value.optedOut === true),
    language: first((source) => source.value.language),
    region: first((source) => source.value.region),
    city: first((source) => source.value.city),
    ...place(sorted),
  };
}

/** Both degrees of one record: halves of two records would name a place where nobody is. */
function place(sources: readonly PersonSource[]): Pick<PersonFacts, 'latitude' | 'longitude'> {
  const located = sources.find(({ value }) => value.latitude !== null && value.longitude !== null);
  return { latitude: located?.value.latitude ?? null, longitude: located?.value.longitude ?? null };
}

/** The furthest that any of the records reached. */
function stageOf(sources: readonly PersonSource[]): Stage | null {
  const stages = sources.map(({ value }) => value.stage);
  const known = stages.filter((stage): stage is Stage => stage !== null && stage !== 'other');
  if (known.length === 0) return stages.includes('other') ? 'other' : null;
  return known.reduce((far, stage) => (STAGES.indexOf(stage) > STAGES.indexOf(far) ? stage : far));
}
