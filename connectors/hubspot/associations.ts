import type { HubSpotClient } from './client.ts';
import { paths } from './paths.ts';
import type { HubSpotObject } from './values.ts';

interface AssociationResult {
  readonly from: { readonly id: string };
  readonly to: readonly {
    readonly toObjectId: number | string;
    readonly associationTypes?: readonly {
      readonly typeId?: number;
      readonly label?: string | null;
      readonly category?: string;
    }[];
  }[];
  readonly paging?: { readonly next?: { readonly after?: string } };
}

const BATCH = 1000;

/** Type ids by which HubSpot marks the primary one among several associations; their label may be missing. */
const PRIMARY_TYPES = new Set([1, 2, 5, 6, 578, 580]);

/** The ids of `toObject` tied to each record, primary first; a record with more than a page of them is read to the end. */
export async function readAssociations(
  client: HubSpotClient,
  object: string,
  toObject: string,
  ids: readonly string[],
): Promise<Map<string, string[]>> {
  const primary = new Map<string, string[]>();
  const others = new Map<string, string[]>();
  let inputs: { id: string; after?: string }[] = [...new Set(ids)].map((id) => ({ id }));
  while (inputs.length > 0) {
    const part = inputs.slice(0, BATCH);
    inputs = inputs.slice(BATCH);
    const answer = await client.call({
      kind: 'association',
      method: 'POST',
      path: paths.associations(object, toObject),
      body: { inputs: part },
      repeatable: true,
      accept: isAssociationList,
    });
    for (const result of answer.results) {
      const from = String(result.from.id);
      for (const to of result.to) add(isPrimary(to) ? primary : others, from, String(to.toObjectId));
      const after = result.paging?.next?.after;
      if (after !== undefined) inputs.push({ id: from, after });
    }
  }
  const all = new Map<string, string[]>();
  for (const id of new Set([...primary.keys(), ...others.keys()])) {
    all.set(id, [...new Set([...(primary.get(id) ?? []), ...(others.get(id) ?? [])])]);
  }
  return all;
}

/** Names by which the list marks the primary one: the types without "unlabeled" are the primary ones of old. */
const PRIMARY_NAMES = new Set([
  'contact_to_company',
  'company_to_contact',
  'deal_to_company',
  'company_to_deal',
  'lead_to_primary_contact',
  'lead_to_primary_company',
]);

/** The ids of `toObject` that a list brought along, primary first; not complete where HubSpot shows only the first hundred. */
export function listedAssociations(object: HubSpotObject, toObject: string): { ids: string[]; complete: boolean } {
  const list = object.associations?.[toObject];
  const results = list?.results ?? [];
  const primary = results.filter(({ type }) => PRIMARY_NAMES.has(type ?? ''));
  const ids = [...new Set([...primary, ...results].map(({ id }) => String(id)))];
  return { ids, complete: list?.paging?.next?.after === undefined };
}

function isPrimary(to: AssociationResult['to'][number]): boolean {
  return (to.associationTypes ?? []).some(
    ({ category, typeId, label }) =>
      category !== 'USER_DEFINED' && (label === 'Primary' || PRIMARY_TYPES.has(typeId ?? 0)),
  );
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function isAssociationList(body: unknown): body is { results: AssociationResult[] } {
  return Array.isArray((body as { results?: unknown } | null)?.results);
}
