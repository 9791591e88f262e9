import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AnswerRefused, answerDeal, openDealReviews } from '../../../src/revenue/service/answer-deal.ts';
import { applyOpportunities, opportunityId } from '../../../src/revenue/service/apply.ts';
import { applyAccounts } from '../../../src/revenue/service/apply-accounts.ts';
import { loadUnrecorded } from '../../../src/revenue/service/unrecorded.ts';
import type { Store } from '../../../src/store/database.ts';
import { emit } from '../../../src/store/events.ts';
import { anna, bert, Channel } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;
let alder: string;
let lead: string;

const CRM = 'salesforce';

/** A company of the CRM. */
const account = (id: string, name: string, domain: string | null) => {
  const value = { name, domain, website: null, country: null, industry: null, employees: null };
  return applyAccounts(store.db, [{ connection: CRM, object: 'Account', id, value }], channel.at);
};
/** A won deal of a company, made a day after now, on which nobody is named. */
async function sale(record: string, company: string | null, change: { isWon?: boolean } = {}): Promise<string> {
  const value = {
    name: `Sale ${record}`,
    account: company,
    amount: '5000',
    currency: 'USD',
    stage: 'Closed',
    isClosed: true,
    isWon: true,
    closeDate: '2026-04-30',
    createdAt: '2026-03-10T00:00:00Z',
    partner: null,
    lead: null,
    ...change,
  };
  const ref = { connection: CRM, object: 'Opportunity', id: record };
  await applyOpportunities(store.db, [{ ...ref, value }], 'USD', channel.at);
  return opportunityId(ref);
}
const matchOf = async (deal: string) => {
  const { lead_id, how, zone } = await store.db
    .selectFrom('matches')
    .selectAll()
    .where('opportunity_id', '=', deal)
    .executeTakeFirstOrThrow();
  return [lead_id, how, zone];
};
const partsOf = async (deal: string) =>
  (await store.db.selectFrom('deal_partners').selectAll().where('opportunity_id', '=', deal).execute()).map((row) => [
    row.partner_id,
    row.role,
  ]);
const questionOf = async (deal: string) =>
  (await openDealReviews(store.db)).find(({ subject }) => subject.opportunity === deal);
/** What a later event of the deal does: everything of it is looked at again. */
async function again(...deals: string[]): Promise<void> {
  await emit(
    store.db,
    deals.map((entity) => ({ type: 'opportunity.changed' as const, entity })),
    channel.at,
  );
  await channel.decide();
}
const everything = async () => ({
  matches: await store.db.selectFrom('matches').selectAll().orderBy('opportunity_id').execute(),
  parts: await store.db
    .selectFrom('deal_partners')
    .selectAll()
    .orderBy('opportunity_id')
    .orderBy('partner_id')
    .execute(),
  reviews: await store.db.selectFrom('reviews').selectAll().orderBy('id').execute(),
  entries: await store.db.selectFrom('entries').selectAll().orderBy('id').execute(),
});

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
  await channel.rules('rules-1');
  alder = await channel.partner('001A', { name: 'Alder', tier: 'Platinum', capacity: 50 });
  await channel.people([anna, bert]);
  await channel.decide();
  await channel.answer(await channel.offerOf('pe_anna'), 'Accepted');
  await channel.decide();
  lead = (await channel.leadOf('pe_anna')).id;
  await account('001X', 'Acme Holding AG', 'acme.de');
  await account('001Y', 'ACME GmbH', null);
  await account('001Z', 'Zenith', 'zenith.example');
});
afterAll(() => store.close());

describe('a won deal at the company of a lead that a partner worked', () => {
  let deal: string;
  beforeAll(async () => {
    deal = await sale('006X', '001X');
    await channel.decide();
  });

  test('waits for a person, with the evidence', async () => {
    expect(await matchOf(deal)).toEqual([null, null, 'doubtful']);
    expect((await questionOf(deal))?.subject).toMatchObject({
      name: 'Sale 006X',
      lead,
      candidates: [
        {
          leadId: lead,
          probability: 0.7059,
          reasons: [
            "its company has the domain of the deal's account (x 0.4)",
            'a partner accepted it 7 days before the deal was made (x 6)',
          ],
        },
      ],
    });
    expect(await partsOf(deal)).toEqual([[alder, 'influenced']]);
  });

  test('stands among the unrecorded revenue, with the step to take', async () => {
    const question = (await questionOf(deal))?.id;
    expect(await loadUnrecorded(store.db)).toMatchObject([
      {
        id: deal,
        record: 'salesforce 006X',
        amount: { minor: 500_000n, currency: 'USD' },
        account: 'Acme Holding AG',
        partner: { id: alder, name: 'Alder' },
        lead,
        probability: 0.7059,
        step: `Say whether it came of the lead: sluice reconcile review same ${question}, or different ${question}.`,
      },
    ]);
  });

  test('is asked of once, however often it is looked at', async () => {
    const before = await everything();
    await again(deal);
    expect(await everything()).toEqual(before);
  });

  test('refuses an answer that is none, and a lead that was not shown', async () => {
    const id = (await questionOf(deal))?.id ?? '';
    await expect(answerDeal(store.db, id, { word: 'yes' }, channel.at)).rejects.toThrow('"yes" is no answer');
    await expect(answerDeal(store.db, id, { word: 'same', with: 'ld_9' }, channel.at)).rejects.toThrow(AnswerRefused);
    await expect(answerDeal(store.db, 'rv_0', { word: 'same' }, channel.at)).rejects.toThrow('no question rv_0');
  });

  test('is matched once a person says so, the partner has sourced it, and later runs leave it so', async () => {
    const id = (await questionOf(deal))?.id ?? '';
    expect(await answerDeal(store.db, id, { word: 'same' }, channel.at)).toBe(`same ${lead}`);
    await expect(answerDeal(store.db, id, { word: 'different' }, channel.at)).rejects.toThrow(AnswerRefused);
    await again(deal);
    expect(await matchOf(deal)).toEqual([lead, 'answered', 'sure']);
    expect(await partsOf(deal)).toEqual([[alder, 'sourced']]);
    expect(await questionOf(deal)).toBeUndefined();
    expect(await loadUnrecorded(store.db)).toEqual([]);
    expect((await channel.leadOf('pe_anna')).state).toBe('Won');
    const before = await everything();
    await again(deal);
    expect(await everything()).toEqual(before);
  });

  test('shows what speaks against the answer later, and asks again; the answer stands meanwhile', async () => {
    const role = { opportunity: '006X', contact: '0035e00001XyZabAAB', primary: true };
    const { applyContactRoles } = await import('../../../src/revenue/service/apply.ts');
    await applyContactRoles(
      store.db,
      [{ connection: CRM, object: 'OpportunityContactRole', id: '00K1', value: role }],
      channel.at,
    );
    await channel.decide();
    const bertLead = (await channel.leadOf('pe_bert')).id;
    expect(await matchOf(deal)).toEqual([lead, 'answered', 'sure']);
    const question = await questionOf(deal);
    expect(question?.why).toContain(
      `lead ${bertLead}: The primary contact of the deal is lead ${bertLead}`.replace('The', 'the'),
    );
    await answerDeal(store.db, question?.id ?? '', { word: 'same' }, channel.at);
    await again(deal);
    expect(await matchOf(deal)).toEqual([bertLead, 'answered', 'sure']);
    expect(await questionOf(deal)).toBeUndefined();
  });
});

describe('a deal of nobody', () => {
  test('of a company that is merely called alike is unattributed, with the odds', async () => {
    const deal = await sale('006Y', '001Y');
    await channel.decide();
    const row = await store.db
      .selectFrom('matches')
      .selectAll()
      .where('opportunity_id', '=', deal)
      .executeTakeFirstOrThrow();
    expect([row.zone, row.lead_id]).toEqual(['doubtful', null]);
  });

  test('of another company, or of no account, says why', async () => {
    const [other, none] = [await sale('006Z', '001Z'), await sale('006N', null)];
    await channel.decide();
    expect([await matchOf(other), await matchOf(none)]).toEqual([
      [null, null, 'unattributed'],
      [null, null, 'unattributed'],
    ]);
  });

  test('that was lost is nobody asked about', async () => {
    const lost = await sale('006L', '001X', { isWon: false });
    await channel.decide();
    expect((await matchOf(lost))[2]).toBe('doubtful');
    expect(await questionOf(lost)).toBeUndefined();
  });

  test('is found when its account turns out to have the domain of a worked lead', async () => {
    const deal = await sale('006Q', '001Q');
    await channel.decide();
    expect((await matchOf(deal))[2]).toBe('unattributed');
    await account('001Q', 'Quite another name', 'acme.de');
    await again(deal);
    expect((await matchOf(deal))[2]).toBe('doubtful');
  });
});
