import type { Random } from './random.ts';
import { iso } from './times.ts';

export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly type: 'PERSON';
  readonly firstName: string;
  readonly lastName: string;
  /** Null once archived; `userIdIncludingInactive` stays. */
  readonly userId: number | null;
  readonly userIdIncludingInactive: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly archived: boolean;
  readonly teams: readonly { readonly id: string; readonly name: string; readonly primary: boolean }[];
}

const PEOPLE: readonly (readonly [string, string, boolean])[] = [
  ['Nadia', 'Brunner', false],
  ['Tom', 'Ashworth', false],
  ['Lena', 'Okafor', false],
  ['Paul', 'Verhoeven', true],
];

/** The users of a new portal; the last has left. */
export function defaultOwners(random: Random, now: number): Owner[] {
  let id = 77_000_000 + random.int(900_000);
  let userId = 61_900_000 + random.int(900_000);
  return PEOPLE.map(([firstName, lastName, archived]) => {
    id += 1 + random.int(5000);
    userId += 1 + random.int(5000);
    return {
      id: String(id),
      email: `${firstName}.${lastName}@vendor.example`.toLowerCase(),
      type: 'PERSON',
      firstName,
      lastName,
      userId: archived ? null : userId,
      userIdIncludingInactive: userId,
      createdAt: iso(now),
      updatedAt: iso(now),
      archived,
      teams: archived ? [] : [{ id: '9001', name: 'Channel', primary: true }],
    };
  });
}
