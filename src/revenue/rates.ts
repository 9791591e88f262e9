import { Decimal } from 'decimal.js';
import { daysBetween } from './calendar.ts';

/** An exchange rate as somebody states it. */
export interface Rate {
  /** `crm:CONNECTION` or `file`. */
  readonly source: string;
  readonly from: string;
  readonly to: string;
  /** Calendar date from which it is in force. */
  readonly date: string;
  /** Decimal text above zero: units of `to` for one of `from`. */
  readonly rate: string;
  /** False where the source knows but one rate at a time: it counts for earlier days too where no dated one does. */
  readonly isDated: boolean;
}

/** The rate that counts, and where it is from. */
export interface FoundRate {
  /** Decimal text, units of the wanted currency for one of the other: 18 significant digits where it had to be divided. */
  readonly rate: string;
  /** From when it was in force; of a cross rate the later one of its two. */
  readonly date: string;
  readonly source: string;
}

export interface RateQuestion {
  readonly from: string;
  readonly to: string;
  /** Calendar date. */
  readonly on: string;
  /** The source to ask first among the CRMs: that of the deal. */
  readonly own?: string | undefined;
}

/** Finds the rate for a day; null where nobody states one. */
export type FindRate = (question: RateQuestion) => FoundRate | null;

/** Outside of these no two currencies of the world are: such a rate is a slip of the pen. */
const SMALLEST = new Decimal('0.00000001');
const LARGEST = new Decimal('100000000');
const Precise = Decimal.clone({ precision: 40 });

/** What is wrong with a rate, in words; null where nothing is. */
export function rateProblem(text: string): string | null {
  if (!/^\d+(\.\d+)?$/.test(text.trim())) return `"${text.slice(0, 40)}" is no decimal number above zero`;
  const rate = new Decimal(text.trim());
  if (rate.lte(0)) return 'a rate is above zero';
  if (rate.lt(SMALLEST) || rate.gt(LARGEST)) return `no rate between two currencies is ${text.trim().slice(0, 40)}`;
  return null;
}

/** One way from a currency to another in one source. */
interface Leg {
  readonly rate: Decimal;
  readonly date: string;
  readonly words: string;
}

/**
 * Looks rates up. The first source of `order` that has one for the day counts: a CRM's counts until its next one, a file's for
 * `maxAgeDays` at most. Of the CRMs the deal's own is asked first. Within a source: the pair itself, or turned round, else
 * through one currency that has a rate with both (in Salesforce the corporate one).
 */
export function rateFinder(rates: readonly Rate[], order: readonly string[], maxAgeDays: number): FindRate {
  const sources = new Map<string, Source>();
  for (const rate of rates) {
    let source = sources.get(rate.source);
    if (source === undefined) {
      source = new Source(rate.source === 'file' ? maxAgeDays : null);
      sources.set(rate.source, source);
    }
    source.add(rate);
  }
  for (const source of sources.values()) source.sort();
  return ({ from, to, on, own }) => {
    for (const name of ordered(order, own)) {
      const leg = sources.get(name)?.find(from, to, on);
      if (leg) {
        const rate = leg.rate.toSignificantDigits(18, Decimal.ROUND_HALF_EVEN).toFixed();
        return { rate, date: leg.date, source: `${name === 'file' ? 'rates.csv' : name.slice(4)}: ${leg.words}` };
      }
    }
    return null;
  };
}

function ordered(order: readonly string[], own: string | undefined): readonly string[] {
  if (own === undefined || !order.includes(own)) return order;
  const first = order.findIndex((name) => name.startsWith('crm:'));
  const others = order.filter((name) => name !== own);
  return [...others.slice(0, first), own, ...others.slice(first)];
}

class Source {
  readonly #maxAgeDays: number | null;
  /** From, then to. */
  readonly #pairs = new Map<string, Map<string, Rate[]>>();

  constructor(maxAgeDays: number | null) {
    this.#maxAgeDays = maxAgeDays;
  }

  add(rate: Rate): void {
    const tos = this.#pairs.get(rate.from) ?? new Map<string, Rate[]>();
    const rates = tos.get(rate.to);
    if (rates) rates.push(rate);
    else tos.set(rate.to, [rate]);
    this.#pairs.set(rate.from, tos);
  }

  sort(): void {
    for (const tos of this.#pairs.values())
      for (const rates of tos.values()) rates.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  }

  find(from: string, to: string, on: string): Leg | null {
    const straight = this.#leg(from, to, on);
    if (straight) return straight;
    const around = (code: string) => [
      ...(this.#pairs.get(code)?.keys() ?? []),
      ...[...this.#pairs].flatMap(([other, tos]) => (tos.has(code) ? [other] : [])),
    ];
    const near = new Set(around(to));
    for (const hub of [...new Set(around(from))].filter((code) => near.has(code)).sort()) {
      const [first, second] = [this.#leg(from, hub, on), this.#leg(hub, to, on)];
      if (!first || !second) continue;
      return {
        rate: first.rate.times(second.rate),
        date: first.date > second.date ? first.date : second.date,
        words: `${first.words}, ${second.words}`,
      };
    }
    return null;
  }

  /** The pair as stated, or turned round: the younger one. */
  #leg(from: string, to: string, on: string): Leg | null {
    const [stated, turned] = [this.#inForce(from, to, on), this.#inForce(to, from, on)];
    const rate = stated && turned ? (turned.date > stated.date ? turned : stated) : (stated ?? turned);
    if (!rate) return null;
    const value = new Precise(rate.rate);
    return {
      rate: rate === stated ? value : new Precise(1).div(value),
      date: rate.date,
      words: `1 ${rate.from} = ${value.toFixed()} ${rate.to} from ${rate.date}`,
    };
  }

  #inForce(from: string, to: string, on: string): Rate | null {
    const rates = this.#pairs.get(from)?.get(to) ?? [];
    const begun = (isDated: boolean) => rates.findLast((rate) => rate.isDated === isDated && rate.date <= on);
    const dated = begun(true);
    if (dated && (this.#maxAgeDays === null || daysBetween(dated.date, on) < this.#maxAgeDays)) return dated;
    return begun(false) ?? rates.find((rate) => !rate.isDated) ?? null;
  }
}
