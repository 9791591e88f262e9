/** A lead, its partners and a policy behind the commands on offers and on the pool. */
import { afterAll, expect } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { EXIT, UserError } from '../../src/cli/context.ts';
import type { AppCommand } from '../../src/cli/with-app.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { claimLead } from '../../src/leads/service/claim.ts';
import { moveClock, viewOffer } from '../../src/leads/service/offer-clock.ts';
import { poolFor, poolOfAll } from '../../src/leads/service/pool.ts';
import { compileSlaVersion } from '../../src/leads/service/terms.ts';
import { POOL_RULES } from '../leads/service/pool-rules.ts';
import { anna, Channel } from '../support/channel.ts';
import { emptyStore, testStore } from '../support/store.ts';

const SLA = `
version: 1
calendars: { office: { zone: UTC, hours: { mon-fri: ["09:00-17:00"] } } }
calendarOf: { otherwise: office }
pauses: [{ name: vendor-owes-answer, text: the vendor owes an answer }]
policies:
  standard:
    accept: { within: 4 working hours, missed: reassign, extend: { times: 1, by: 2 working hours } }
    first-touch: { within: 1 working day, missed: reassign }
use: [{ policy: standard }]
`;
const store = await testStore();
export const { db } = store;
afterAll(() => store.close());
/** As `setUp` made it. */
export const scene = { channel: new Channel(db), lead: '' };

function app(): App {
  const { channel } = scene;
  const routing = compileRouting('routing.yaml', POOL_RULES);
  const sla = channel.sla ?? null;
  return {
    store,
    pool: (limit: number) => poolOfAll(db, routing, sla, channel.now, limit),
    poolFor: (partner: string, limit: number) => poolFor(db, partner, routing, sla, channel.now, limit),
    claim: (id: string, partner: string) =>
      db.transaction().execute((tx) => claimLead(tx, id, partner, routing, sla, channel.now)),
    offer: (id: string) => viewOffer(db, id, channel.now, channel.sla),
    moveClock: (id: string, move: Parameters<App['moveClock']>[1]) => moveClock(db, id, move, channel.now, channel.sla),
  } as unknown as App;
}

export async function run(command: AppCommand, args: readonly string[], options: Record<string, unknown> = {}) {
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
  expect(await command(app(), io, options, args)).toBe(EXIT.done);
  return out;
}
export const refusal = async (command: AppCommand, args: readonly string[], options: Record<string, unknown> = {}) => {
  const error = await run(command, args, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`not refused: ${String(error)}`);
  return { message: error.message, hint: error.hint, exit: error.exit };
};

/** Anna is a lead for Alder, not for Brook, by these routing rules (those shipped, unless given). */
export async function setUp(rules?: string): Promise<void> {
  await emptyStore(store);
  const channel = new Channel(db);
  channel.sla = { sla: compileSlaVersion({ file: 'sla.yaml', text: SLA, holidays: [] }), hash: 'sla-1' };
  await channel.rules('rules-1', rules);
  await channel.partner('001A', { name: 'Alder' });
  await channel.partner('001B', { name: 'Brook\u001b[2J', territories: ['FR'] });
  await channel.people([anna]);
  await channel.decideAt('2026-03-02T09:00:00Z');
  Object.assign(scene, { channel, lead: (await channel.leadOf('pe_anna')).id });
}
