/** The vendor's market development funds, in an org that has them: a budget of the year, shared among partners, some of it spent. */
import { Dice } from './random.ts';
import { dateOf, tally, type World } from './world.ts';

/** So many partners have an allocation. */
const PARTNERS = 8;

/** Draws by keys of its own, so that a market with funds is otherwise the one without. */
export async function foundFunds(world: World): Promise<void> {
  const { population, state, salesforce, seed } = world;
  const partners = population.partners.filter(({ key }) => state.partnerAccounts.has(key)).slice(0, PARTNERS);
  const campaigns = population.campaigns.filter(({ inSalesforce, attended }) => inSalesforce && attended);
  const year = dateOf(world, 0).slice(0, 4);
  const [budgetId] = await salesforce.create([
    {
      key: 'fund-budget',
      type: 'PartnerMarketingBudget',
      fields: { Title: `Channel ${year}`, Amount: 250_000, StartDate: `${year}-01-01`, EndDate: `${year}-12-31` },
    },
  ]);
  if (!budgetId) return;
  const plans = partners.map((partner) => {
    const dice = new Dice(seed, `fund-${partner.key}`);
    const amount = dice.int('amount', 8, 24) * 1_000;
    const asked = dice.int('asked', 2, 7) * 1_000;
    return {
      partner,
      amount,
      asked,
      // Of what is asked for most is approved, and of that most is claimed.
      approved: dice.chance('approved', 0.8) ? Math.round(asked * dice.between('share', 0.7, 1)) : null,
      claimed: dice.between('claimed', 0.5, 1),
      claim: dice.weighted('claim', [
        ['Paid', 5],
        ['Approved', 2],
        ['Draft', 2],
        [null, 1],
      ] as const),
      campaign: dice.chance('campaign', 0.7) ? dice.pick('which', campaigns) : null,
    };
  });
  const allocationIds = await salesforce.create(
    plans.map(({ partner, amount }) => ({
      key: `allocation-${partner.key}`,
      type: 'PartnerFundAllocation',
      fields: {
        Title: `${partner.name} ${year}`,
        Amount: amount,
        BudgetId: budgetId,
        ChannelPartnerId: state.partnerAccounts.get(partner.key) ?? null,
      },
    })),
  );
  const requestIds = await salesforce.create(
    plans.map(({ partner, asked, approved, campaign }, n) => ({
      key: `request-${partner.key}`,
      type: 'PartnerFundRequest',
      fields: {
        Title: campaign === null ? `Local event of ${partner.name}` : `${campaign.name} with ${partner.name}`,
        Activity: campaign === null ? 'Seminar' : 'Trade Show',
        BudgetId: budgetId,
        AllocationId: allocationIds[n] ?? null,
        ChannelPartnerId: state.partnerAccounts.get(partner.key) ?? null,
        CampaignId: campaign === null ? null : (state.campaignIds.get(campaign.key)?.salesforceId ?? null),
        RequestedAmount: asked,
        Amount: approved,
        Status: approved === null ? 'Draft' : 'Approved',
      },
    })),
  );
  const claims = plans.flatMap(({ partner, approved, claimed, claim }, n) => {
    const request = requestIds[n];
    if (approved === null || claim === null || !request) return [];
    return [
      {
        key: `claim-${partner.key}`,
        type: 'PartnerFundClaim',
        fields: {
          Title: `Costs of ${partner.name}`,
          Amount: Math.round(approved * claimed * 100) / 100,
          RequestId: request,
          Status: claim,
        },
      },
    ];
  });
  await salesforce.create(claims);
  tally(world, 'fund requests', plans.length);
  tally(world, 'fund claims', claims.length);
}
