import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { compileAttribution } from '../../../src/revenue/config.ts';
import { applyTouches } from '../../../src/revenue/service/apply.ts';
import { reconcileDeals } from '../../../src/revenue/service/reconcile.ts';
import { LEDGER_RULES } from '../../support/books.ts';
import { Channel } from '../../support/channel.ts';
import { revenueStory, type Story } from '../../support/revenue-story.ts';
import { emptyStore, testStore } from '../../support/store.ts';

const store = await testStore();
let channel: Channel;
let story: Story;

beforeEach(async () => {
  await emptyStore(store);
  channel = new Channel(store.db);
  story = await revenueStory(channel);
});
afterAll(() => store.close());

const ANNA = ['Lead', '00Q5e00001AbCdEEAV'] as const;
const reconcile = (yaml: string) =>
  store.db
    .transaction()
    .execute((tx) =>
      reconcileDeals(
        tx,
        Object.values(story.deals),
        compileAttribution('attribution.yaml', yaml),
        channel.at,
        LEDGER_RULES,
      ),
    );
/** Campaign and amounts of a deal under a model. */
const credits = async (model: string, deal = story.deals.usd) => {
  const { rows } = await sql<{ name: string; amount: string; reporting: string }>`
    select coalesce(a.name, split_part(c.touch_id, ' ', 2)) as name, sum(c.amount_minor)::text as amount,
      sum(c.reporting_minor)::text as reporting
    from credits c left join campaigns a on a.id = c.campaign_id where c.model = ${model} and c.opportunity_id = ${deal}
    group by 1 order by sum(c.amount_minor) desc, 1`.execute(store.db);
  return rows.map(({ name, amount, reporting }) => [name, Number(amount), Number(reporting)]);
};
const creditings = async (model: string, deal = story.deals.usd) =>
  store.db
    .selectFrom('creditings')
    .select('version')
    .where('model', '=', model)
    .where('opportunity_id', '=', deal)
    .execute();
const close = (month: string) =>
  store.db.insertInto('closed_periods').values({ month, closed_at: channel.at, closed_by: null }).execute();
/** An earlier touch of Anna that becomes known late. */
const lateTouch = async (id: string, campaign: string, status: string | null = null) =>
  applyTouches(
    store.db,
    [
      {
        connection: 'salesforce',
        object: 'CampaignMember',
        id,
        touches: [
          {
            subject: { object: ANNA[0], id: ANNA[1] },
            campaign: { object: 'Campaign', id: campaign },
            at: '2026-01-01',
            kind: 'response',
            status,
          },
        ],
      },
    ],
    channel.at,
  );

describe('credits in the store', () => {
  test('several models stand side by side under their names; one that is named no more goes', async () => {
    await reconcile('models: {a: first, b: last}');
    expect(await credits('a')).toEqual([['Webinar', 1_200_000, 1_200_000]]);
    expect(await credits('b')).toEqual([['Fair', 1_200_000, 1_200_000]]);
    await reconcile('models: {b: linear}');
    expect([await credits('a'), await creditings('a')]).toEqual([[], []]);
    expect(await credits('b')).toEqual([
      ['Fair', 600_000, 600_000],
      ['Webinar', 600_000, 600_000],
    ]);
  });

  test('in the reporting currency they add up to what the entry is worth there', async () => {
    await reconcile('models: [linear]');
    expect(await credits('linear', story.deals.eur)).toEqual([
      ['Fair', 35_000, 38_500],
      ['Webinar', 35_000, 38_500],
    ]);
  });

  test('to reconcile again writes nothing', async () => {
    const written = async () => {
      const { rows } = await sql`select entry_id, touch_id, xmin::text from credits
        union all select entry_id, model, xmin::text from creditings order by 1, 2`.execute(store.db);
      return rows;
    };
    await reconcile('models: {b: linear}');
    const before = await written();
    expect(before.length).toBeGreaterThan(2);
    await reconcile('models: {b: linear}');
    expect(await written()).toEqual(before);
  });

  test('what the partner did with the lead can be a touch', async () => {
    await reconcile('models: {p: linear}\npartners: [accepted, meeting]');
    expect(await credits('p')).toEqual([
      ['Fair', 400_000, 400_000],
      ['Webinar', 400_000, 400_000],
      ['accepted', 400_000, 400_000],
    ]);
  });

  test('the touch that made the lead is the last one before its release', async () => {
    await channel.touch('00vZ', '701E', ANNA);
    await reconcile('models: {made: {kind: position, lead: 1}, last: last}');
    expect(await credits('last')).toEqual([['Euro show', 1_200_000, 1_200_000]]);
    expect(await credits('made')).toEqual([['Fair', 1_200_000, 1_200_000]]);
  });

  test('statuses of responses and campaigns that fund money paid for can decide what counts', async () => {
    await lateTouch('00vL', '701E', 'Attended');
    await reconcile('models: [linear]\ntouches: {statuses: {only: [attended]}}');
    expect(await credits('linear')).toEqual([['Euro show', 1_200_000, 1_200_000]]);
    const { id } = await store.db
      .selectFrom('campaigns')
      .select('id')
      .where('name', '=', 'Fair')
      .executeTakeFirstOrThrow();
    await sql`insert into fund_requests (id, budget_id, campaign_id, title, currency, requested_minor, status, escalated, contents)
      values ('fr_1', 'fb_1', ${id}, 'Fair stand', 'USD', 100, 'approved', 0, '')`.execute(store.db);
    await reconcile(`models: {funded: {kind: custom, weight: 'touch.funded ? 1 : 0'}}`);
    expect(await credits('funded')).toEqual([['Fair', 1_200_000, 1_200_000]]);
  });
});

describe('a closed period', () => {
  test('keeps its credits and the version of the model, whatever becomes known or is configured later', async () => {
    await reconcile('models: {m: first}');
    const [before] = await creditings('m');
    await close('2026-03');
    await lateTouch('00vL', '701E');
    await reconcile('models: {m: linear}');
    expect(await credits('m')).toEqual([['Webinar', 1_200_000, 1_200_000]]);
    expect(await creditings('m')).toEqual([before]);
    await reconcile('models: {other: last}');
    expect(await credits('m')).toEqual([['Webinar', 1_200_000, 1_200_000]]);
  });

  test('is credited under a model that is new', async () => {
    await reconcile('models: {m: first}');
    await close('2026-03');
    await reconcile('models: {m: first, n: last}');
    expect(await credits('n')).toEqual([['Fair', 1_200_000, 1_200_000]]);
  });

  test('is corrected by the next line of the deal, which brings what stands to its attribution of then', async () => {
    await reconcile('models: {m: first}');
    await close('2026-03');
    await channel.deal('0061', '00Q5e00001AbCdEEAV', '13000.00');
    await reconcile('models: {m: last}');
    expect(await credits('m')).toEqual([
      ['Fair', 1_300_000, 1_300_000],
      ['Webinar', 0, 0],
    ]);
    const lines = await sql<{ period: string; credited: string; amount: string }>`
      select e.period, sum(c.amount_minor)::text as credited, e.amount_minor::text as amount
      from entries e join credits c on c.entry_id = e.id where e.opportunity_id = ${story.deals.usd}
      group by e.id, e.period, e.amount_minor order by e.period`.execute(store.db);
    expect(lines.rows).toEqual([
      { period: '2026-03', credited: '1200000', amount: '1200000' },
      { period: '2026-04', credited: '100000', amount: '100000' },
    ]);
  });

  test('a reversal after it takes back exactly what was given', async () => {
    await reconcile('models: {m: first}');
    await close('2026-03');
    await channel.deal('0061', '00Q5e00001AbCdEEAV', '12000.00', { isWon: false });
    await reconcile('models: {m: last}');
    expect(await credits('m')).toEqual([['Webinar', 0, 0]]);
  });
});
