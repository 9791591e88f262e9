/** Deal registrations as commands and the API use them, by Sluice's own clock. The next run shows them in the CRMs. */
import { type DealMove, DealRefused, moveDeal } from '../deals/service/move.ts';
import { type Brought, type GivenDeal, type RegisteredDeal, registerDeals } from '../deals/service/register.ts';
import { type DealDetail, type DealFilter, listDeals, showDeal } from '../deals/service/view.ts';
import { dealPorts } from '../sync/deal-ports.ts';
import { type Core, tellTime } from './core.ts';

export class DealDesk {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  async register(rows: readonly GivenDeal[], brought: Brought): Promise<RegisteredDeal[]> {
    await tellTime(this.#core);
    return registerDeals(this.#core.store.db, rows, brought, this.#ports(), this.#core.clock.now());
  }

  async move(id: string, move: DealMove, by: string): Promise<DealDetail> {
    await tellTime(this.#core);
    const { store, clock } = this.#core;
    await moveDeal(store.db, id, move, by, this.#ports(), clock.now());
    const moved = await showDeal(store.db, id, clock.now());
    if (moved === null) throw new DealRefused(`registration ${id} is gone`);
    return moved;
  }

  async show(id: string): Promise<DealDetail | null> {
    await tellTime(this.#core);
    return showDeal(this.#core.store.db, id, this.#core.clock.now());
  }

  async list(filter: DealFilter): ReturnType<typeof listDeals> {
    await tellTime(this.#core);
    return listDeals(this.#core.store.db, filter, this.#core.clock.now());
  }

  #ports() {
    const { rules, parts, config } = this.#core;
    const ports = dealPorts(rules, parts, config.vendor.currency);
    if (ports === null) throw new RangeError('there is no deals.yaml, so no deals can be registered');
    return ports;
  }
}
