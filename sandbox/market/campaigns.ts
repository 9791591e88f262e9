import { Dice } from './random.ts';

/** A campaign of the vendor. Times are hours from the start of the market; money is US cents. */
export interface Campaign {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly inSalesforce: boolean;
  readonly inHubspot: boolean;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly costCents: number;
  readonly budgetCents: number;
  /** What was spent on; adds up to the cost. */
  readonly spend: readonly { readonly name: string; readonly cents: number }[];
  readonly weight: number;
  /** People come to it and sign in, so that nobody is a mere addressee first. */
  readonly attended: boolean;
}

type Plan = readonly [
  name: string,
  type: string,
  held: 'S' | 'H' | 'SH',
  startDay: number,
  lengthDays: number,
  dollars: number,
  weight: number,
];

const plans: readonly Plan[] = [
  ['Channel Summit Europe', 'Trade Show', 'S', -21, 4, 86_000, 8],
  ['Manufacturing Expo', 'Trade Show', 'S', 6, 4, 64_000, 8],
  ['Retail Technology Days', 'Trade Show', 'S', 18, 3, 41_000, 6],
  ['Webinar: Data Without Borders', 'Webinar', 'SH', -18, 20, 9_500, 9],
  ['Webinar: From Backup to Vault', 'Webinar', 'SH', 3, 16, 8_200, 9],
  ['Spring Product Launch', 'Advertisement', 'SH', -10, 40, 38_000, 10],
  ['Beacon Nurture Series', 'Email', 'S', -25, 60, 4_800, 9],
  ['Relay Migration Newsletter', 'Email', 'S', -12, 45, 3_900, 7],
  ['Trade Press Advertisement', 'Advertisement', 'S', -24, 40, 22_500, 6],
  ['Customer Referral Program', 'Referral Program', 'S', -28, 65, 12_000, 5],
  ['Partner Roadshow', 'Other', 'S', 10, 14, 27_500, 6],
  ['Search Ads: Fabric', 'Advertisement', 'H', -28, 65, 31_000, 10],
  ['Buyer Guide Download', 'Content', 'H', -20, 55, 6_400, 9],
  ['Social Retargeting', 'Advertisement', 'H', -6, 40, 14_500, 7],
];

/** The vendor's fourteen campaigns; the seed moves their costs a little. */
export function generateCampaigns(seed: number): Campaign[] {
  return plans.map(([name, type, held, startDay, lengthDays, dollars, weight], index) => {
    const key = `campaign-${String(index).padStart(2, '0')}`;
    const dice = new Dice(seed, key);
    // Salesforce keeps costs in whole dollars.
    const costCents = Math.round(dollars * dice.between('cost', 0.85, 1.15)) * 100;
    const media = Math.round(costCents * dice.between('media', 0.5, 0.7));
    const agency = Math.round((costCents - media) * dice.between('agency', 0.4, 0.6));
    return {
      key,
      name,
      type,
      inSalesforce: held.includes('S'),
      inHubspot: held.includes('H'),
      startsAt: startDay * 24,
      endsAt: (startDay + lengthDays) * 24,
      costCents,
      budgetCents: Math.round((costCents / 100) * dice.between('budget', 0.9, 1.3)) * 100,
      spend: [
        { name: 'Media', cents: media },
        { name: 'Agency', cents: agency },
        { name: 'Production', cents: costCents - media - agency },
      ],
      weight,
      attended: type === 'Trade Show' || type === 'Other',
    };
  });
}
