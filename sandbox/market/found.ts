/** What the vendor has before the first person is known: partner and customer Accounts, and its campaigns. */
import type { Campaign } from './campaigns.ts';
import type { Company } from './companies.ts';
import { foundFunds } from './funds.ts';
import type { Partner } from './partners.ts';
import type { SalesforceRow } from './salesforce-client.ts';
import { dateOf, tally, type World } from './world.ts';

export async function foundVendor(world: World): Promise<void> {
  await Promise.all([foundAccounts(world), foundHubspotCampaigns(world)]);
  await foundSalesforceCampaigns(world);
  if (world.partnerFunds) await foundFunds(world);
}

async function foundAccounts(world: World): Promise<void> {
  const { population, state, salesforce } = world;
  const partners = population.partners;
  const partnerIds = await salesforce.create(partners.map((partner) => partnerRow(world, partner)));
  partners.forEach((partner, index) => {
    const id = partnerIds[index];
    if (id) state.partnerAccounts.set(partner.key, id);
  });
  const companies = population.companies.filter(({ isCustomer }) => isCustomer);
  await createAccounts(world, companies, 'Customer - Direct');
  tally(world, 'accounts', partners.length + companies.length);
}

function partnerRow(world: World, partner: Partner): SalesforceRow {
  const names = world.fields.salesforce.partner;
  const { terms } = partner;
  const { blackout } = terms;
  return {
    key: partner.key,
    type: 'Account',
    fields: {
      Name: partner.name,
      Type: 'Channel Partner / Reseller',
      Website: `https://www.${partner.domain}`,
      BillingCountry: partner.country.spellings[0],
      Industry: partner.industry,
      NumberOfEmployees: partner.employees,
      [names.status]: partner.status,
      [names.territories]: partner.territories.join(';'),
      [names.competencies]: partner.competencies.join(';'),
      [names.tier]: partner.tier,
      [names.capacity]: partner.capacity,
      [names.category]: terms.category,
      [names.programmes]: terms.programmes.join(';'),
      [names.certifications]: terms.certifications
        .map(({ name, endsInDays }) => (endsInDays === null ? name : `${name} until ${dateOf(world, endsInDays * 24)}`))
        .join('; '),
      [names.languages]: terms.languages.join(', '),
      [names.timeZone]: terms.timeZone,
      [names.dailyCapacity]: terms.dailyCapacity,
      [names.weeklyCapacity]: terms.weeklyCapacity,
      [names.minimumScore]: terms.minimumScore,
      [names.blackouts]: blackout && `${dateOf(world, blackout.fromDay * 24)}..${dateOf(world, blackout.toDay * 24)}`,
      [names.email]: terms.email,
      [names.managerEmail]: terms.managerEmail,
    },
  };
}

/** Makes a Salesforce Account for each company that has none. */
export async function createAccounts(world: World, companies: readonly Company[], type: string | null): Promise<void> {
  const { state, salesforce } = world;
  const missing = [...new Set(companies)].filter(({ key }) => !state.accountByCompany.has(key));
  const ids = await salesforce.create(
    missing.map((company) => ({
      key: company.key,
      type: 'Account',
      fields: {
        Name: company.name,
        ...(type === null ? {} : { Type: type }),
        Website: `https://www.${company.domain}`,
        BillingCity: company.city,
        BillingCountry: company.country.spellings[0],
        Industry: company.industry,
        NumberOfEmployees: company.employees,
      },
    })),
  );
  missing.forEach((company, index) => {
    const id = ids[index];
    if (id) state.accountByCompany.set(company.key, id);
  });
}

async function foundSalesforceCampaigns(world: World): Promise<void> {
  const campaigns = world.population.campaigns.filter(({ inSalesforce }) => inSalesforce);
  const ids = await world.salesforce.create(
    campaigns.map((campaign) => ({
      key: campaign.key,
      type: 'Campaign',
      fields: {
        Name: campaign.name,
        Type: campaign.type,
        Status: campaign.startsAt > 0 ? 'Planned' : 'In Progress',
        StartDate: dateOf(world, campaign.startsAt),
        EndDate: dateOf(world, campaign.endsAt),
        ActualCost: campaign.costCents / 100,
        BudgetedCost: campaign.budgetCents / 100,
        IsActive: true,
      },
    })),
  );
  campaigns.forEach((campaign, index) => {
    noteCampaign(world, campaign, { salesforceId: ids[index] ?? null });
  });
  tally(world, 'salesforce campaigns', campaigns.length);
}

async function foundHubspotCampaigns(world: World): Promise<void> {
  const campaigns = world.population.campaigns.filter(({ inHubspot }) => inHubspot);
  for (const campaign of campaigns) {
    const properties = {
      hs_name: campaign.name,
      hs_start_date: dateOf(world, campaign.startsAt),
      hs_end_date: dateOf(world, campaign.endsAt),
    };
    const hubspotId = await world.hubspot.createCampaign(properties, campaign.budgetCents, campaign.spend);
    noteCampaign(world, campaign, { hubspotId });
  }
  tally(world, 'hubspot campaigns', campaigns.length);
}

function noteCampaign(
  world: World,
  { key }: Campaign,
  ids: { salesforceId?: string | null; hubspotId?: string },
): void {
  const known = world.state.campaignIds.get(key) ?? { salesforceId: null, hubspotId: null };
  world.state.campaignIds.set(key, { ...known, ...ids });
}
