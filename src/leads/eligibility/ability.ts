import type { PartnerFacts } from '../../model/partner.ts';
import type { Candidacy } from '../candidacy.ts';
import { kilometresBetween } from '../distance.ts';
import { type Refusal, segmentOf, segmentWords } from '../market.ts';
import type { EligibleConfig } from '../routing-schema.ts';
import { counted, fold } from '../text.ts';
import type { Check } from './check.ts';

/** Whether the partner is one for such leads: where, what, how, and what its past with them says. */
export function abilityChecks(eligible: EligibleConfig): Check[] {
  const { tiers, categories, certifications, withinKm, coolDown } = eligible;
  return [
    ...(eligible.territory ? [territory] : []),
    ...(eligible.competency ? [competency] : []),
    ...(tiers ? [oneOf('tier', tiers)] : []),
    ...(categories ? [oneOf('category', categories)] : []),
    ...(certifications ? [certified(certifications)] : []),
    ...(eligible.certifiedForProduct ? [certifiedForProduct] : []),
    ...(eligible.language ? [language] : []),
    ...(withinKm === undefined ? [] : [near(withinKm)]),
    ...(eligible.relationship ? [relationship] : []),
    ...(eligible.minimumScore ? [minimumScore] : []),
    ...(coolDown ? [rests(coolDown.rejected, Number.parseInt(coolDown.within, 10))] : []),
  ];
}

const territory: Check = {
  reason: 'territory',
  drops: ({ facts }, { person }) => person.country === null || !facts.territories.includes(person.country),
  why: ({ facts }, { person }) =>
    person.country === null
      ? 'cannot be told: the country of the lead is not known'
      : `does not cover ${person.country} (covers ${facts.territories.join(', ') || 'no country'})`,
};

/** A lead that names no product can go to anyone: every partner is able to find out. */
const competency: Check = {
  reason: 'competency',
  drops: ({ facts }, { person }) => person.product !== null && !facts.competencies.includes(person.product),
  why: ({ facts }, { person }) =>
    `does not sell ${person.product ?? 'it'} (sells ${facts.competencies.join(', ') || 'nothing'})`,
};

function oneOf(reason: 'tier' | 'category', allowed: readonly string[]): Check {
  const set = new Set(allowed);
  return {
    reason,
    drops: ({ facts }) => {
      const own = facts[reason];
      return own === null || !set.has(own);
    },
    why: ({ facts }) => `is ${facts[reason] ?? `of no ${reason}`}, not ${allowed.join(' or ')}`,
  };
}

/** A certification holds to the end of its last day. */
function inForce(facts: PartnerFacts, date: string | null): string[] {
  return facts.certifications
    .filter(({ expires }) => expires === null || date === null || expires >= date)
    .map(({ name }) => name);
}

function certified(required: readonly string[]): Check {
  const lacking = (facts: PartnerFacts, date: string | null) => {
    const held = inForce(facts, date);
    return required.filter((name) => !held.includes(name));
  };
  return {
    reason: 'certification',
    drops: ({ facts }, { date }) => lacking(facts, date).length > 0,
    why: ({ facts }, { date }) =>
      `is not certified: ${lacking(facts, date)
        .map((name) => {
          const expired = facts.certifications.find((each) => each.name === name);
          return expired ? `${name} expired on ${expired.expires}` : `lacks ${name}`;
        })
        .join(', ')}`,
  };
}

const certifiedForProduct: Check = {
  reason: 'certification',
  drops: ({ facts }, { person, date }) => {
    if (person.product === null) return false;
    const product = ` ${fold(person.product)} `;
    return !inForce(facts, date).some((name) => ` ${fold(name)} `.includes(product));
  },
  why: (_, { person }) => `holds no certification in force for ${person.product}`,
};

/** A person whose language is not known can be answered by anyone. */
const language: Check = {
  reason: 'language',
  drops: ({ facts }, { person }) => person.language !== null && !facts.languages.includes(person.language),
  why: ({ facts }, { person }) =>
    `does not speak ${person.language} (speaks ${facts.languages.join(', ') || 'nothing stated'})`,
};

function near(withinKm: number): Check {
  const away = (facts: PartnerFacts, { person }: Candidacy) => kilometresBetween(facts, person);
  return {
    reason: 'distance',
    drops: ({ facts }, lead) => (away(facts, lead) ?? Number.POSITIVE_INFINITY) > withinKm,
    why: ({ facts }, lead) => {
      const km = away(facts, lead);
      return km === null
        ? 'cannot be told: where it or the lead is, is not known'
        : `is ${Math.round(km)} km away, more than ${withinKm}`;
    },
  };
}

const relationship: Check = {
  reason: 'relationship',
  drops: ({ id }, { lead }) => !lead.account?.known.includes(id),
  why: () => 'has not worked with this company before',
};

const minimumScore: Check = {
  reason: 'score',
  drops: ({ facts }, { lead }) => facts.minimumScore !== null && lead.score.score < facts.minimumScore,
  why: ({ facts }, { lead }) => `takes leads from ${facts.minimumScore} points on, this one has ${lead.score.score}`,
};

const DAY = 86_400_000;

function rests(rejected: number, days: number): Check {
  const count = (partnerId: string, lead: Candidacy) => {
    const { at } = lead.lead;
    if (at === undefined || lead.market.refusals.length === 0) return 0;
    const times = refusalsOf(lead.market.refusals, lead).get(partnerId) ?? [];
    return times.filter((time) => time > at - days * DAY && time <= at).length;
  };
  return {
    reason: 'coolDown',
    drops: ({ id }, lead) => count(id, lead) >= rejected,
    why: ({ id }, lead) =>
      `rests: rejected ${counted(count(id, lead), 'lead', 'leads')} of ${segmentWords(lead.kind, lead.segment.segment)} within ${days} days`,
  };
}

const grouped = new WeakMap<readonly Refusal[], Map<string, Map<string, number[]>>>();

/** When partners rejected leads of the segment of this one, by partner. Made once for each segment of a batch. */
function refusalsOf(refusals: readonly Refusal[], { kind, segment }: Candidacy): Map<string, number[]> {
  const by = segment.segment;
  const key = `${by.join()}\n${segmentOf(kind, by)}`;
  const ready = grouped.get(refusals) ?? new Map<string, Map<string, number[]>>();
  grouped.set(refusals, ready);
  const known = ready.get(key);
  if (known) return known;
  const own = segmentOf(kind, by);
  const times = new Map<string, number[]>();
  for (const refusal of refusals) {
    if (segmentOf(refusal, by) !== own) continue;
    times.set(refusal.partnerId, [...(times.get(refusal.partnerId) ?? []), refusal.at]);
  }
  ready.set(key, times);
  return times;
}
