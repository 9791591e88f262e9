import type { CampaignRoi, Model } from '../api.ts';

/** What a campaign is credited under a model; nothing where the server does not know the model any more. */
export function creditOf(
  campaign: CampaignRoi,
  model: Model,
): { readonly credited: string; readonly roi: string | null } {
  return campaign.byModel[model] ?? { credited: '0', roi: null };
}
