/** What the vendor's channel team keeps of a partner besides its standing: papers, limits, people. */
import { Dice } from './random.ts';
import type { CountryCode } from './words/countries.ts';

export interface PartnerTerms {
  readonly category: (typeof partnerCategories)[number];
  readonly programmes: readonly string[];
  /** `endsInDays`: from the start of the market, below zero where it has expired; null: it does not end. */
  readonly certifications: readonly { readonly name: string; readonly endsInDays: number | null }[];
  /** ISO 639-1. */
  readonly languages: readonly string[];
  readonly timeZone: string;
  /** How many leads it can be offered; null: no limit agreed. */
  readonly dailyCapacity: number | null;
  readonly weeklyCapacity: number | null;
  /** The least score of a lead it wants; null: any. */
  readonly minimumScore: number | null;
  /** Days from the start of the market, both included; null: none planned. */
  readonly blackout: { readonly fromDay: number; readonly toDay: number } | null;
  readonly email: string;
  readonly managerEmail: string;
}

export const partnerCategories = ['Reseller', 'Distributor', 'Systems Integrator', 'Managed Service Provider'] as const;
export const partnerProgrammes = ['Accelerate', 'Public Sector'] as const;

const managers = ['anita.berg', 'luis.romero', 'maud.keller', 'tom.hughes'] as const;

const speech: Record<CountryCode, { readonly languages: readonly string[]; readonly timeZone: string }> = {
  DE: { languages: ['de'], timeZone: 'Europe/Berlin' },
  AT: { languages: ['de'], timeZone: 'Europe/Vienna' },
  CH: { languages: ['de', 'fr'], timeZone: 'Europe/Zurich' },
  FR: { languages: ['fr'], timeZone: 'Europe/Paris' },
  GB: { languages: ['en'], timeZone: 'Europe/London' },
  US: { languages: ['en'], timeZone: 'America/New_York' },
  CA: { languages: ['en', 'fr'], timeZone: 'America/Toronto' },
  NL: { languages: ['nl'], timeZone: 'Europe/Amsterdam' },
  ES: { languages: ['es'], timeZone: 'Europe/Madrid' },
  IT: { languages: ['it'], timeZone: 'Europe/Rome' },
  SE: { languages: ['sv'], timeZone: 'Europe/Stockholm' },
  PL: { languages: ['pl'], timeZone: 'Europe/Warsaw' },
};

/** The terms of one partner; drawn by keys of their own, so that nothing else of the market depends on them. */
export function partnerTerms(
  seed: number,
  partner: {
    readonly key: string;
    readonly domain: string;
    readonly capacity: number;
    readonly territories: readonly CountryCode[];
    readonly competencies: readonly string[];
    readonly country: CountryCode;
  },
): PartnerTerms {
  const dice = new Dice(seed, `${partner.key} terms`);
  const certified = partner.competencies.filter((product) => dice.chance(`certified ${product}`, 0.7));
  const dailyCapacity = dice.chance('daily limit', 0.35) ? Math.max(2, Math.round(partner.capacity / 4)) : null;
  const spoken = partner.territories.flatMap((territory) => speech[territory].languages);
  const fromDay = dice.int('blackout from', 2, 60);
  return {
    category: dice.weighted('category', [
      ['Reseller', 6],
      ['Systems Integrator', 2],
      ['Managed Service Provider', 2],
      ['Distributor', 1],
    ]),
    programmes: partnerProgrammes.filter((programme) => dice.chance(`programme ${programme}`, 0.25)),
    certifications: certified.map((product) => ({
      name: `${product} ${dice.pick(`level ${product}`, ['Associate', 'Professional', 'Expert'])}`,
      endsInDays: dice.chance(`endless ${product}`, 0.15) ? null : dice.int(`ends ${product}`, -120, 600),
    })),
    languages: [...new Set([...speech[partner.country].languages, ...spoken, 'en'])].sort(),
    timeZone: speech[partner.country].timeZone,
    dailyCapacity,
    weeklyCapacity: dailyCapacity === null ? null : dailyCapacity * 3,
    minimumScore: dice.chance('minimum score', 0.15) ? dice.int('least score', 3, 5) * 10 : null,
    blackout: dice.chance('blackout', 0.12) ? { fromDay, toDay: fromDay + dice.int('blackout days', 3, 12) } : null,
    email: `leads@${partner.domain}`,
    managerEmail: `${dice.pick('manager', managers)}@vendor.example`,
  };
}
