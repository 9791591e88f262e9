/**
 * Spreads the leads of a best whole over partners that are equal for them. A linear programme stops at any of its optima, which
 * may give all equal leads to one partner; this moves leads between partners with the same points, so that the whole stays
 * as good, until no move makes it more even. Ties go to who was served least recently.
 */
export interface Choice {
  readonly lead: number;
  readonly partnerId: string;
  readonly hundredths: number;
}

/**
 * @param chosen the partner of each lead that is placed
 * @param choices what each lead could have
 * @param room how many leads of the batch a partner takes at most; a partner without one takes any number
 * @param lastServed the place of the last offer that each partner was given
 */
export function spread(
  chosen: ReadonlyMap<number, string>,
  choices: readonly Choice[],
  room: ReadonlyMap<string, number>,
  lastServed: ReadonlyMap<string, number>,
): Map<number, string> {
  const result = new Map(chosen);
  const given = new Map<string, number>();
  for (const partnerId of result.values()) given.set(partnerId, (given.get(partnerId) ?? 0) + 1);
  const count = (partnerId: string) => given.get(partnerId) ?? 0;
  /** Below zero: `a` comes before `b` for one lead more. */
  const order = (a: string, b: string) =>
    count(a) - count(b) || (lastServed.get(a) ?? 0) - (lastServed.get(b) ?? 0) || (a < b ? -1 : 1);
  const alike = equalsOf(result, choices);
  // Every move takes a lead from who has more to who has fewer, or at equal numbers to who waits longer: it comes to an end.
  for (let moved = true; moved; ) {
    moved = false;
    for (const [lead, others] of alike) {
      const from = result.get(lead);
      if (from === undefined) continue;
      let to: string | null = null;
      for (const other of others) {
        if (other === from || count(other) >= (room.get(other) ?? Number.POSITIVE_INFINITY)) continue;
        if (to === null || order(other, to) < 0) to = other;
      }
      if (to === null || !betterWith(to, from)) continue;
      result.set(lead, to);
      given.set(from, count(from) - 1);
      given.set(to, count(to) + 1);
      moved = true;
    }
  }
  return result;

  /** Whether `to` with the lead is more even than `from` with it. */
  function betterWith(to: string, from: string): boolean {
    const [less, more] = [count(to) + 1, count(from)];
    if (less !== more) return less < more;
    return (lastServed.get(to) ?? 0) < (lastServed.get(from) ?? 0);
  }
}

/** For each placed lead, in their order, the partners that have as many points for it as the one that was found. */
function equalsOf(chosen: ReadonlyMap<number, string>, choices: readonly Choice[]): Map<number, string[]> {
  const points = new Map(
    choices.flatMap(({ lead, partnerId, hundredths }): [number, number][] =>
      chosen.get(lead) === partnerId ? [[lead, hundredths]] : [],
    ),
  );
  const equals = new Map<number, string[]>([...chosen.keys()].sort((a, b) => a - b).map((lead) => [lead, []]));
  for (const { lead, partnerId, hundredths } of choices) {
    if (points.get(lead) === hundredths) equals.get(lead)?.push(partnerId);
  }
  return equals;
}
