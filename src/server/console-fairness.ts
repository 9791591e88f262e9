import type { Share } from '../leads/fairness.ts';
import type { FairnessFound } from '../leads/service/fairness.ts';
import type { FairnessView, ShareView } from './api.ts';

/** The shares of the best leads, as the console shows them. */
export function fairnessView({ grades, windowDays, hasFloors, channel, direct, tiers }: FairnessFound): FairnessView {
  return {
    ...{ grades, windowDays, hasFloors, channel: shareOf(channel), direct: shareOf(direct) },
    tiers: tiers.map(({ tier, partners }) => ({
      tier,
      partners: partners.map((partner) => ({
        partner: { id: partner.partnerId, name: partner.name },
        ...shareOf(partner),
      })),
    })),
  };
}

function shareOf({ given, share, floor, missing }: Share): ShareView {
  return { given, share, floor, missing };
}
