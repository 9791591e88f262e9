import type { StoredEvent } from '../../store/events.ts';
import type { Desk } from './desk.ts';

/** A deal that is won, lost or opened again takes its lead along; a closed one gives its partner room. */
export async function dealsMoved(desk: Desk, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  await desk.load(
    'id',
    events.map((event) => event.entity),
  );
  for (const event of events) {
    const { name, isClosed, isWon } = event.data as { name: string; isClosed: boolean; isWon: boolean };
    const kind = isWon ? 'won' : isClosed ? 'lost' : 'reopened';
    desk.happen(event.entity, { kind, deal: name });
    if (isClosed) desk.free(desk.lead(event.entity)?.lead.offerId ?? null);
    desk.touchLead(event.entity);
  }
}
