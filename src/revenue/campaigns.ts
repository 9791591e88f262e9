import type { Money } from '../model/money.ts';
import { compareIds } from './moment.ts';

/** A campaign as one CRM holds it. */
export interface CampaignRecord {
  readonly id: string;
  readonly connection: string;
  readonly name: string;
  readonly cost: Money | null;
  /** The id of the same campaign's record in another CRM, where this one states it. */
  readonly sameAs: string | null;
}

/** One campaign, with the ids of all records that are it. */
export interface UnifiedCampaign {
  /** The least of its record ids by order of source, then id. */
  readonly id: string;
  readonly name: string;
  readonly cost: Money | null;
  readonly recordIds: readonly string[];
}

/**
 * Makes one campaign of the records that two CRMs hold of it: those that name each other, and those of one name (case and
 * spaces aside) where each CRM has the name once. Name and cost come from one source of record: the first connection of
 * `order` that states one, so that no cost is counted twice.
 */
export function unifyCampaigns(records: readonly CampaignRecord[], order: readonly string[]): UnifiedCampaign[] {
  const rank = (record: CampaignRecord) => {
    const place = order.indexOf(record.connection);
    return place < 0 ? order.length : place;
  };
  const sorted = [...records].sort((a, b) => rank(a) - rank(b) || compareIds(a.id, b.id));
  const groupOf = new Map(sorted.map((record) => [record.id, [record]]));
  const join = (a: CampaignRecord, b: CampaignRecord) => {
    const [left, right] = [groupOf.get(a.id), groupOf.get(b.id)];
    if (!left || !right || left === right) return;
    left.push(...right);
    for (const record of right) groupOf.set(record.id, left);
  };
  const byId = new Map(sorted.map((record) => [record.id, record]));
  for (const record of sorted) {
    const other = record.sameAs === null ? undefined : byId.get(record.sameAs);
    if (other) join(record, other);
  }
  const withName = sorted.filter((record) => nameKey(record.name) !== '');
  for (const named of Map.groupBy(withName, (record) => nameKey(record.name)).values()) {
    const connections = new Set(named.map((record) => record.connection));
    const [first, ...others] = named;
    if (first && connections.size === named.length) for (const other of others) join(first, other);
  }
  return [...new Set(groupOf.values())].map((group) => {
    const members = group.sort((a, b) => rank(a) - rank(b) || compareIds(a.id, b.id));
    const first = members[0];
    if (!first) throw new RangeError('a campaign of no records');
    const cost = members.find((record) => record.cost !== null)?.cost ?? null;
    return { id: first.id, name: first.name, cost, recordIds: members.map((record) => record.id) };
  });
}

function nameKey(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
