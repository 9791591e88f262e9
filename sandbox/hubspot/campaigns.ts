import { sum } from './decimal.ts';
import type { Random } from './random.ts';

/** A line of a campaign's budget or spend; `order` is its place by time of creation, 0 the oldest. */
export interface MoneyItem {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** In the campaign's currency, as a JSON number. */
  readonly amount: number;
  readonly order: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Campaign {
  readonly id: string;
  /** Rising number: the order of the list. */
  readonly number: number;
  readonly values: Map<string, string>;
  readonly createdAt: number;
  updatedAt: number;
  readonly budget: MoneyItem[];
  readonly spend: MoneyItem[];
  readonly assets: Map<string, Set<string>>;
}

/** The marketing campaigns of a portal; ids are GUIDs. */
export class CampaignStore {
  readonly #random: Random;
  readonly #currency: string;
  readonly #userId: number;
  readonly #byId = new Map<string, Campaign>();
  #next = 500;
  #nextItem = 100_000;

  constructor(random: Random, currency: string, userId: number) {
    this.#random = random;
    this.#currency = currency;
    this.#userId = userId;
  }

  all(): Campaign[] {
    return [...this.#byId.values()];
  }

  get(id: string): Campaign | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  create(values: ReadonlyMap<string, string>, now: number): Campaign {
    this.#next += 1 + this.#random.int(6);
    const campaign: Campaign = {
      id: this.#random.uuid(),
      number: this.#next,
      values: new Map([
        ['hs_currency_code', this.#currency],
        ['hs_created_by_user_id', String(this.#userId)],
        ['hs_object_id', String(400_000_000_000 + this.#next)],
        ['hs_color_hex', `#${this.#random.hex(6)}`],
        ...values,
      ]),
      createdAt: now,
      updatedAt: now,
      budget: [],
      spend: [],
      assets: new Map(),
    };
    this.#byId.set(campaign.id, campaign);
    return campaign;
  }

  delete(id: string): void {
    this.#byId.delete(id.toLowerCase());
  }

  newItemId(): string {
    this.#nextItem += 1;
    return String(this.#nextItem);
  }
}

/** The value of a campaign property, sums included; undefined where it has none. */
export function campaignValue(campaign: Campaign, name: string): string | undefined {
  if (name === 'hs_budget_items_sum_amount') return total(campaign.budget);
  if (name === 'hs_spend_items_sum_amount') return total(campaign.spend);
  return campaign.values.get(name);
}

function total(items: readonly MoneyItem[]): string | undefined {
  return items.length === 0 ? undefined : sum(items.map((item) => String(item.amount)));
}
