import type { Cause, Touch } from './state.ts';
import type { World } from './world.ts';

/** What only the market knows, for tests and benchmarks. Money is a decimal string in the org's currency. */
export interface Truth {
  readonly seed: number;
  /** Everybody with the records that exist now (a converted Lead is one of them). */
  readonly people: readonly {
    readonly id: string;
    readonly records: readonly { readonly crm: string; readonly object: string; readonly id: string }[];
  }[];
  readonly partners: readonly {
    readonly accountId: string;
    readonly name: string;
    readonly skill: number;
    readonly speedHours: number;
    readonly ignoreRate: number;
    readonly acceptRate: number;
    readonly answersIn: string;
  }[];
  readonly deals: readonly {
    readonly opportunityId: string;
    readonly accountId: string;
    readonly personId: string | null;
    readonly partnerAccountId: string | null;
    readonly won: boolean;
    readonly amount: string;
    readonly causes: readonly Cause[];
    readonly wouldHaveBoughtAnyway: boolean;
  }[];
  readonly touches: readonly Touch[];
}

export function tellTruth({ seed, population, state }: World): Truth {
  return {
    seed,
    people: population.people.flatMap((person) => {
      const records = state.recordsOf(person).map(({ crm, object, id }) => ({ crm, object, id }));
      return records.length === 0 ? [] : [{ id: person.id, records }];
    }),
    partners: population.partners.map(({ key, name, hidden }) => ({
      accountId: state.partnerAccounts.get(key) ?? '',
      name,
      ...hidden,
    })),
    deals: state.deals.map(({ key: _, amountCents, ...deal }) => ({ ...deal, amount: decimal(amountCents) })),
    touches: state.touches,
  };
}

function decimal(cents: number): string {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}
