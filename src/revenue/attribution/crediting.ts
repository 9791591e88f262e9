import type { Model } from '../../model/revenue.ts';
import type { Moment } from '../moment.ts';
import { type CustomWeight, compileWeight } from './custom.ts';
import type { ChannelBy, ModelSpec } from './spec.ts';
import type { TimedTouch } from './touches.ts';
import { byPosition, lastUpTo, type Milestones, timeDecay, type Weights, weightsFrom, wholeShares } from './weights.ts';

/** The way of a deal to its close: the touches that count, in order of time. */
export interface Journey extends Milestones {
  readonly touches: readonly TimedTouch[];
  readonly close: Moment;
}

/** A model made ready to share out deals. */
export interface Crediting {
  readonly name: Model;
  /**
   * What each touch of a journey weighs. Touches of which none weighs anything do not count at all: the deal is then
   * unattributed.
   */
  readonly weigh: (journey: Journey) => Weights;
}

/** What a fitted model learned: the share of each channel. */
export type ChannelShares = ReadonlyMap<string, number>;

/**
 * Makes a model ready. `learned`: for a fitted model; without it, or where it knows none of a deal's channels, touches weigh
 * the same until there is a fit.
 */
export function creditingOf(name: Model, spec: ModelSpec, learned: ChannelShares | null = null): Crediting {
  return { name, weigh: weigherOf(spec, learned) };
}

function weigherOf(spec: ModelSpec, learned: ChannelShares | null): Crediting['weigh'] {
  switch (spec.kind) {
    case 'first':
      return ({ touches }) => touches.map((_, n) => (n === 0 ? 1n : 0n));
    case 'last':
      return ({ touches }) => touches.map((_, n) => (n === touches.length - 1 ? 1n : 0n));
    case 'linear':
      return ({ touches }) => touches.map(() => 1n);
    case 'position': {
      const shares = wholeShares(spec.shares);
      return (journey) => byPosition(momentsOf(journey), shares, journey);
    }
    case 'time-decay':
      return (journey) => timeDecay(momentsOf(journey), spec.halfLifeDays);
    case 'markov':
    case 'shapley':
      return ({ touches }) => byChannel(touches, spec.by, learned ?? new Map());
    case 'custom':
      return customWeigher(spec.weight);
  }
}

export function channelOf({ touch }: TimedTouch, by: ChannelBy): string {
  return by === 'campaign' ? touch.campaignId : touch.kind;
}

/**
 * The shares of the deal's own channels, each divided equally among the touches of that channel. A channel that came after
 * the fit has the mean share of those the fit knows: nothing is known for or against it. Where all that is left are channels
 * with a share of zero, touches weigh the same.
 */
function byChannel(touches: readonly TimedTouch[], by: ChannelBy, learned: ChannelShares): bigint[] {
  const channels = touches.map((touch) => channelOf(touch, by));
  const count = new Map<string, number>();
  for (const channel of channels) count.set(channel, (count.get(channel) ?? 0) + 1);
  let sum = 0;
  for (const share of learned.values()) sum += share;
  const mean = learned.size > 0 ? sum / learned.size : 0;
  const weights = weightsFrom(
    channels.map((channel) => Math.max(0, learned.get(channel) ?? mean) / (count.get(channel) ?? 1)),
  );
  return weights.some((weight) => weight > 0n) ? weights : touches.map(() => 1n);
}

const DAY_MS = 86_400_000;

function customWeigher(source: string): Crediting['weigh'] {
  const compiled = compileWeight(source);
  if (Array.isArray(compiled)) throw new RangeError(`the weight "${source}" is wrong: ${compiled[0]?.message}`);
  const weightOf: CustomWeight = compiled;
  return (journey) => {
    const { touches, close } = journey;
    const at = momentsOf(journey);
    const [lead, deal] = [lastUpTo(at, journey.leadAt), lastUpTo(at, journey.dealAt)];
    return weightsFrom(
      touches.map(({ touch, at: { ms } }, n) => {
        const weight = weightOf({
          kind: touch.kind,
          campaign: touch.campaignName ?? touch.campaignId,
          status: touch.status ?? '',
          place: n + 1,
          count: touches.length,
          daysBefore: Math.floor((close.ms - ms) / DAY_MS),
          isFirst: n === 0,
          isLast: n === touches.length - 1,
          madeLead: n === lead,
          madeDeal: n === deal,
          byPartner: touch.partnerId !== undefined,
          funded: touch.fundRequestId !== undefined,
        });
        return weight ?? 0;
      }),
    );
  };
}

function momentsOf({ touches }: Journey): Moment[] {
  return touches.map(({ at }) => at);
}
