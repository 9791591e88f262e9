/** What change events mean for reading. Pure. */
import type { Hint } from '../../connector.ts';
import type { ChangeHeader } from './header.ts';

/** The topic that tells the changes of an object: /data/LeadChangeEvent, /data/Sluice_Offer__ChangeEvent. */
export function topicOf(object: string): string {
  return `/data/${object.endsWith('__c') ? object.slice(0, -1) : object}ChangeEvent`;
}

const MEANS: Readonly<Record<string, Hint['what']>> = {
  CREATE: 'changed',
  UPDATE: 'changed',
  UNDELETE: 'changed',
  DELETE: 'deleted',
  GAP_CREATE: 'changed',
  GAP_UPDATE: 'changed',
  GAP_UNDELETE: 'changed',
  GAP_DELETE: 'deleted',
};

/** Whether the change was made by us, as the client that our requests name themselves. */
function isOwn(header: ChangeHeader, client: string): boolean {
  const named = /;client=([^;]*?)\/?(?:;|$)/.exec(header.changeOrigin)?.[1];
  return named === client;
}

/**
 * The hint of one event; null for a change that we made ourselves, as it is read back by whoever wrote it. A gap event is never
 * passed over: Salesforce itself does not know what it holds.
 */
export function hintOf(header: ChangeHeader, object: string, client: string): Hint | null {
  const isGap = header.changeType.startsWith('GAP_');
  if (!isGap && isOwn(header, client)) return null;
  const at = new Date(header.commitTimestamp).toISOString();
  const what = MEANS[header.changeType];
  // A gap that concerns all records names them by a wildcard such as 001*.
  const named =
    header.recordIds.length > 0 && header.recordIds.every((id) => /^[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?$/.test(id));
  return what === undefined || !named
    ? { object, ids: [], at, what: 'gap' }
    : { object, ids: header.recordIds, at, what };
}

/** The same news with each record once: of two hints of one record and meaning the later one stays. */
export function gathered(hints: readonly Hint[]): Hint[] {
  const groups = new Map<string, { object: string; what: Hint['what']; at: string; ids: Set<string> }>();
  for (const { object, what, at, ids } of hints) {
    const key = `${object} ${what}`;
    const group = groups.get(key);
    if (!group) {
      groups.set(key, { object, what, at, ids: new Set(ids) });
      continue;
    }
    for (const id of ids) group.ids.add(id);
    if (at > group.at) group.at = at;
  }
  return [...groups.values()].map((group) => ({ ...group, ids: [...group.ids] }));
}
