/** Reads what the return of funds is reckoned from. */
import type { Queryable } from '../../store/database.ts';
import { snapshot } from '../../store/snapshot.ts';
import { sumOf } from '../amounts.ts';
import { committedOf } from '../balances.ts';
import { type ActivityRoi, activityRoi } from '../roi.ts';
import { campaignCosts, campaignCredits, partnerDeals } from './facts.ts';
import { loadBook } from './fund-store.ts';

/** Every request with what was paid of it and what it brought under one model of attribution, all at one moment. */
export async function loadActivityRoi(
  db: Queryable,
  asked: { readonly model: string; readonly windowDays: number; readonly today: string },
): Promise<ActivityRoi[]> {
  return snapshot(db, async (tx) => {
    const book = await loadBook(tx, asked.today, null);
    const activities = book.all('request').map((request) => {
      const claims = book.under('claim', request.id);
      return {
        requestId: request.id,
        title: request.title,
        activity: request.activity,
        budgetId: request.budgetId,
        partnerId: request.partnerId,
        campaignId: request.campaignId,
        currency: request.currency,
        paid: sumOf(claims, ({ paid }) => paid),
        promised: committedOf(request, claims),
        startsOn: request.startsOn ?? request.endsOn ?? null,
      };
    });
    return activityRoi({
      activities,
      credits: await campaignCredits(tx, asked.model),
      costs: await campaignCosts(tx),
      deals: await partnerDeals(tx),
      windowDays: asked.windowDays,
    });
  });
}
