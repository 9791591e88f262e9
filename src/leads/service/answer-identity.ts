/** What becomes of persons when somebody has said whether two of them are one. */
import type { LeadState } from '../../model/lead.ts';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { leadThatGoesOn } from '../merged-leads.ts';
import { Desk } from './desk.ts';
import { forgetApart, keepApart, type MergeCause } from './kept-merges.ts';
import { loadLeads } from './lead-store.ts';
import { mergePeople } from './merge-people.ts';
import { type PeoplePorts, refreshFacts } from './people.ts';

/**
 * Makes one person of two, on a person's word: the one known longer stays. Where both are leads and both are being worked,
 * the story of the longer known one's lead goes on. Persons that have become others meanwhile are followed.
 */
export async function uniteOnWord(tx: Queryable, a: string, b: string, ports: PeoplePorts, at: string): Promise<void> {
  const people = await survivors(tx, [a, b]);
  const [first, second] = [people.get(a), people.get(b)];
  if (first === undefined || second === undefined || first.id === second.id) return;
  await forgetApart(tx, first.id, second.id);
  const [into, from] =
    first.createdAt < second.createdAt || (first.createdAt === second.createdAt && first.id < second.id)
      ? [first.id, second.id]
      : [second.id, first.id];
  const leads = await tx
    .selectFrom('leads')
    .select(['id', 'person_id', 'state', 'partner_id', 'released_at'])
    .where(among('person_id', [into, from]))
    .execute();
  const standing = (person: string) => {
    const lead = leads.find((each) => each.person_id === person);
    return (
      lead && {
        id: lead.id,
        state: lead.state as LeadState,
        partnerId: lead.partner_id,
        releasedAt: lead.released_at,
      }
    );
  };
  const [ours, theirs] = [standing(into), standing(from)];
  if (ours === undefined || theirs === undefined) {
    await mergePeople(tx, into, from, ports, at, BY_WORD);
    await refreshFacts(tx, [into], ports, at);
    await releaseDoubted(tx, [into], at);
    return;
  }
  const goesOn = leadThatGoesOn(ours, theirs) ?? ours;
  const [stays, goes, yields] = goesOn.id === ours.id ? [into, from, theirs] : [from, into, ours];
  await mergePeople(tx, stays, goes, ports, at, BY_WORD, { lead: yields.id, to: goesOn.id });
  await refreshFacts(tx, [stays], ports, at);
  await releaseDoubted(tx, [stays], at);
}

/** Remembers that two persons are not one: what their records say in common does not make them one any more. */
export async function keepApartOnWord(tx: Queryable, a: string, others: readonly string[]): Promise<void> {
  const people = await survivors(tx, [a, ...others]);
  const first = people.get(a);
  for (const other of others) {
    const second = people.get(other);
    if (first !== undefined && second !== undefined && first.id !== second.id) await keepApart(tx, first.id, second.id);
  }
}

const BY_WORD: MergeCause = { how: 'word', why: 'a person said that they are one' };

/** Lets leads go on that waited for somebody to say who their person is. */
export async function releaseDoubted(tx: Queryable, personIds: readonly string[], at: string): Promise<void> {
  const desk = new Desk(tx, at);
  const leads = (await loadLeads(tx, 'person_id', personIds)).filter(({ lead }) => lead.state === 'Review');
  desk.hold(leads);
  for (const { lead } of leads)
    desk.happen(lead.id, { kind: 'released', reason: 'A person said who this is; to be routed' });
  await desk.save();
  await emit(
    tx,
    personIds.map((entity) => ({ type: 'person.changed' as const, entity })),
    at,
  );
}

async function survivors(
  tx: Queryable,
  ids: readonly string[],
): Promise<Map<string, { readonly id: string; readonly createdAt: string }>> {
  const found = new Map<string, { id: string; createdAt: string }>();
  for (const id of ids) {
    let at = id;
    for (;;) {
      const row = await tx
        .selectFrom('people')
        .select(['id', 'merged_into', 'created_at'])
        .where('id', '=', at)
        .executeTakeFirst();
      if (row === undefined) break;
      if (row.merged_into === null) {
        found.set(id, { id: row.id, createdAt: row.created_at });
        break;
      }
      at = row.merged_into;
    }
  }
  return found;
}
