import { anna, bert, type Channel } from './channel.ts';

/** What the tests of reports and pages are told of. */
export interface Story {
  readonly alder: string;
  readonly brook: string;
  /** Deals: won by Anna in USD and in EUR, won by nobody known, open with Bert. */
  readonly deals: { readonly usd: string; readonly eur: string; readonly alone: string; readonly open: string };
}

/**
 * Anna answers two campaigns, is offered to Alder, who accepts, and buys for 12,000.00 USD and 700.00 EUR; Bert is rejected
 * by one partner, offered to the next and has a deal open; one deal of 3,000.00 USD comes of nobody known; a third person
 * waits for data and a fourth is no lead.
 */
export async function revenueStory(channel: Channel): Promise<Story> {
  await channel.rules('rules-1');
  const alder = await channel.partner('001A', { name: 'Alder', tier: 'Platinum', capacity: 50 });
  const brook = await channel.partner('001B', { name: 'Brook', tier: 'Silver', capacity: 50 });
  await channel.people([
    anna,
    bert,
    {
      id: 'pe_cleo',
      facts: { firstName: 'Cleo', email: 'cleo@50%.fr', companyName: 'Éclair', stage: 'mql' },
      records: [['hubspot', 'contacts', '8']],
    },
    { id: 'pe_emil', facts: { lastName: 'Emil', stage: 'subscriber' }, records: [['hubspot', 'contacts', '7']] },
  ]);
  await channel.campaign('701W', 'Webinar', '1000');
  await channel.campaign('701F', 'Fair', null);
  await channel.campaign('701E', 'Euro show', '500', 'EUR');
  await channel.touch('00v1', '701W', ['Lead', '00Q5e00001AbCdEEAV']);
  await channel.touch('00v2', '701W', ['Contact', '0035e00001XyZabAAB']);
  await channel.decide();
  await channel.touch('00v3', '701F', ['Lead', '00Q5e00001AbCdEEAV']);
  await channel.answer(await channel.offerOf('pe_anna'), 'Accepted');
  await channel.answer(await channel.offerOf('pe_bert'), 'Rejected', 'No budget');
  await channel.decide();
  const deals = {
    usd: await channel.deal('0061', '00Q5e00001AbCdEEAV', '12000.00'),
    eur: await channel.deal('0062', '00Q5e00001AbCdEEAV', '700', { currency: 'EUR' }),
    alone: await channel.deal('0063', null, '3000'),
    open: await channel.deal('0064', '0035e00001XyZabAAB', '5000.5', { isClosed: false, isWon: false }),
  };
  await channel.decide();
  return { alder, brook, deals };
}
