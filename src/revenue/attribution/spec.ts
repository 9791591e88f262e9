/** The kinds of model there are, what each takes, and what it says in words. */

/** How a deal is shared among its touches, with every parameter filled in. */
export type ModelSpec =
  | { readonly kind: 'first' | 'last' | 'linear' }
  | { readonly kind: 'position'; readonly shares: PositionShares }
  | { readonly kind: 'time-decay'; readonly halfLifeDays: number }
  | { readonly kind: 'markov'; readonly order: number; readonly by: ChannelBy }
  | { readonly kind: 'shapley'; readonly by: ChannelBy }
  | { readonly kind: 'custom'; readonly weight: string };

/** The models whose weights are learned from all journeys. */
export type FittedSpec = Extract<ModelSpec, { readonly by: ChannelBy }>;

/** The places of a journey that a share can go to. `middle`: all touches that stand in none of the others that have a share. */
export const POSITIONS = ['first', 'lead', 'deal', 'last', 'middle'] as const;
export type Position = (typeof POSITIONS)[number];

/** Shares by position, not negative, in any unit: only their proportion counts. A position left out has none. */
export type PositionShares = Readonly<Partial<Record<Position, number>>>;

/** What counts as one channel of a fitted model. */
export const CHANNELS_BY = ['campaign', 'kind'] as const;
export type ChannelBy = (typeof CHANNELS_BY)[number];

/** As people name them in config/attribution.yaml; u-, w-shaped and full-path are positions with fixed shares. */
export const KINDS = [
  'first',
  'last',
  'linear',
  'u-shaped',
  'w-shaped',
  'full-path',
  'position',
  'time-decay',
  'markov',
  'shapley',
  'custom',
] as const;
export type Kind = (typeof KINDS)[number];

/** What a kind is called where people read it. */
export const TITLES: Readonly<Record<Kind, string>> = {
  first: 'First touch',
  last: 'Last touch',
  linear: 'Linear',
  'u-shaped': 'U-shaped',
  'w-shaped': 'W-shaped',
  'full-path': 'Full path',
  position: 'By position',
  'time-decay': 'Time decay',
  markov: 'Markov chain',
  shapley: 'Shapley',
  custom: 'Own weights',
};

/** Percent of the deal by position. */
export const SHAPES = {
  'u-shaped': { first: 40, middle: 20, last: 40 },
  'w-shaped': { first: 30, lead: 30, deal: 30, middle: 10 },
  'full-path': { first: 22.5, lead: 22.5, deal: 22.5, last: 22.5, middle: 10 },
} as const satisfies Record<string, PositionShares>;

/** What may be left out where a model is named by its kind alone. */
export const DEFAULTS = { halfLifeDays: 7, order: 1, by: 'campaign' } as const;

/** States of longer runs of channels become too many to learn from, long before they become too many to solve. */
export const HIGHEST_ORDER = 5;

/** Exact Shapley values take work that doubles with each channel. */
export const MOST_SHAPLEY_CHANNELS = 12;

/** The spec of a kind that needs nothing said; null for those that do. */
export function specOf(kind: Kind): ModelSpec | null {
  switch (kind) {
    case 'first':
    case 'last':
    case 'linear':
      return { kind };
    case 'u-shaped':
    case 'w-shaped':
    case 'full-path':
      return { kind: 'position', shares: SHAPES[kind] };
    case 'time-decay':
      return { kind, halfLifeDays: DEFAULTS.halfLifeDays };
    case 'markov':
      return { kind, order: DEFAULTS.order, by: DEFAULTS.by };
    case 'shapley':
      return { kind, by: DEFAULTS.by };
    case 'position':
    case 'custom':
      return null;
  }
}

export function isFitted(spec: ModelSpec): spec is FittedSpec {
  return spec.kind === 'markov' || spec.kind === 'shapley';
}

/** What a model does, in one sentence for people. */
export function inWords(spec: ModelSpec): string {
  switch (spec.kind) {
    case 'first':
      return 'Revenue goes to the first touch before the deal closed';
    case 'last':
      return 'Revenue goes to the last touch before the deal closed';
    case 'linear':
      return 'Revenue is shared equally by all touches';
    case 'position':
      return `Revenue is shared by position: ${positionsInWords(spec.shares)}`;
    case 'time-decay':
      return `A touch counts half as much as one ${spec.halfLifeDays} days later`;
    case 'markov': {
      const order = spec.order === 1 ? '' : `, told apart by the last ${spec.order} touches`;
      return `Each ${spec.by} counts by how many conversions would be missing without it${order}`;
    }
    case 'shapley':
      return `Each ${spec.by} counts by what it adds to every combination of the others`;
    case 'custom':
      return 'Each touch counts by a weight of your own';
  }
}

const POSITION_WORDS: Readonly<Record<Position, string>> = {
  first: 'first touch',
  lead: 'touch that made the lead',
  deal: 'touch that made the deal',
  last: 'last touch',
  middle: 'all others',
};

function positionsInWords(shares: PositionShares): string {
  const total = POSITIONS.reduce((sum, position) => sum + (shares[position] ?? 0), 0);
  return POSITIONS.flatMap((position) => {
    const share = shares[position] ?? 0;
    return share > 0 ? [`${POSITION_WORDS[position]} ${Number(((share / total) * 100).toFixed(2))} %`] : [];
  }).join(', ');
}
