/** Partners, companies and opportunities in a store, and the use cases of deals by one clock. */
import { type DealPorts, loadPartners } from '../../../src/deals/service/deal-desk.ts';
import { fireTimers } from '../../../src/deals/service/due.ts';
import { followDeals } from '../../../src/deals/service/follow.ts';
import { type DealMove, moveDeal } from '../../../src/deals/service/move.ts';
import { type Brought, type RegisteredDeal, registerDeals } from '../../../src/deals/service/register.ts';
import { type DealDetail, showDeal } from '../../../src/deals/service/view.ts';
import type { Written } from '../../../src/deals/written.ts';
import { applyPartners, partnerId } from '../../../src/leads/service/partners.ts';
import { EMPTY_PARTNER, type PartnerFacts } from '../../../src/model/partner.ts';
import { applyOpportunities, opportunityId } from '../../../src/revenue/service/apply.ts';
import { upsert } from '../../../src/store/bulk.ts';
import type { Database } from '../../../src/store/database.ts';
import { lockDecisions } from '../../../src/store/decision-lock.ts';
import { consumed, eventsFor } from '../../../src/store/events.ts';
import { dealRules, MONDAY, matcher } from '../fixtures.ts';

const CRM = 'salesforce';

export class Stage {
  now = MONDAY;
  readonly db: Database;
  ports: DealPorts;

  constructor(db: Database, sections: Readonly<Record<string, string>> = {}) {
    this.db = db;
    this.ports = {
      ...{ rules: dealRules(sections), matcher, named: [], currency: 'USD', mail: true },
      companies: [
        {
          ...{ connection: CRM, object: 'Account', nameFields: ['Name'], domainFields: ['Website'] },
          read: ({ id, fields }) => ({
            ...{ name: String(fields.Name), domain: fields.Website === null ? null : String(fields.Website) },
            ...{ country: null, city: null, record: { connection: CRM, id } },
          }),
        },
      ],
    };
  }

  get at(): string {
    return new Date(this.now).toISOString();
  }

  days(count: number): void {
    this.now += count * 86_400_000;
  }

  /** The partner's id. */
  async partner(record: string, facts: Partial<PartnerFacts> = {}): Promise<string> {
    const ref = { connection: CRM, object: 'Account', id: record };
    const named = { ...EMPTY_PARTNER, name: record, status: 'Active' as const, ...facts };
    const value = { ...named, certifications: [], blackouts: [], domain: null };
    await applyPartners(this.db, [{ ...ref, value }], this.at);
    return partnerId(ref);
  }

  async company(record: string, name: string, website: string | null = null): Promise<void> {
    const row = { connection: CRM, object: 'Account', id: record, modified_at: this.at, deleted: false };
    await upsert(
      this.db,
      'records',
      [{ ...row, fields: { Name: name, Website: website } }],
      ['id', 'object', 'connection'],
    );
  }

  /** An opportunity, open unless `change` says otherwise; its id. */
  async opportunity(
    record: string,
    account: string | null,
    change: { isClosed?: boolean; isWon?: boolean; closeDate?: string; deleted?: boolean } = {},
  ): Promise<string> {
    const ref = { connection: CRM, object: 'Opportunity', id: record };
    const facts = {
      ...{ name: `Deal ${record}`, account, amount: '900', currency: null, stage: 'Proposal' },
      ...{ isClosed: change.isClosed ?? change.isWon ?? false, isWon: change.isWon ?? false },
      closeDate: change.closeDate ?? this.at.slice(0, 10),
    };
    const blank = { createdAt: null, partner: null } as object;
    const value = change.deleted ? null : ({ ...blank, ...facts } as never);
    await applyOpportunities(this.db, [{ ...ref, value }], 'USD', this.at);
    return opportunityId(ref);
  }

  async register(written: Written, brought: Partial<Brought> = {}): Promise<RegisteredDeal> {
    const [done] = await this.registerAll([written], brought);
    if (done === undefined) throw new Error('a row has an answer');
    return done;
  }

  registerAll(rows: readonly Written[], brought: Partial<Brought> = {}): Promise<RegisteredDeal[]> {
    const given = rows.map((written, n) => ({ place: n + 1, written }));
    return registerDeals(this.db, given, { source: 'api', by: 'anna', ...brought }, this.ports, this.now);
  }

  async move(id: string | null | undefined, move: DealMove, by = 'anna'): Promise<DealDetail> {
    await moveDeal(this.db, String(id), move, by, this.ports, this.now);
    return this.show(id);
  }

  approve(id: string | null | undefined, despite = false): Promise<DealDetail> {
    return this.move(id, { kind: 'approve', step: 'board', despite });
  }

  async show(id: string | null | undefined): Promise<DealDetail> {
    const found = await showDeal(this.db, String(id), this.now);
    if (found === null) throw new Error(`${id} is there`);
    return found;
  }

  /** What a run does for registrations with opportunities that changed, and with what is due. */
  async run(): Promise<number> {
    return this.db.transaction().execute(async (tx) => {
      await lockDecisions(tx);
      const partners = await loadPartners(tx);
      const events = await eventsFor(tx, 'deals', ['opportunity.changed'], 1_000);
      await followDeals(tx, events, this.ports, partners, this.now);
      await consumed(tx, 'deals', events.at(-1)?.id ?? '0');
      return fireTimers(tx, this.ports, partners, this.now);
    });
  }

  async letters(): Promise<string[]> {
    const rows = await this.db.selectFrom('notices').select(['kind', 'audience', 'letter']).orderBy('id').execute();
    return rows
      .map(({ kind, audience, letter }) => `${kind} to ${audience}: ${(letter as { title: string }).title}`)
      .sort();
  }
}
