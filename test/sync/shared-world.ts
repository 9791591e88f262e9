/** Worlds in which fields are shared between the two CRMs. */
import type { Mapping } from '../../src/mapping/mapping.ts';
import type { Policy } from '../../src/mapping/merge.ts';
import { mappingsWith, type World } from './world.ts';

/** The shipped mappings, the phone of a person shared by these policies; a CRM without one only reads it. */
export function phoneShared(policies: {
  readonly salesforce?: Policy;
  readonly hubspot?: Policy;
  /** More edits of a file's text. */
  readonly edit?: (file: string, text: string) => string;
}): Mapping[] {
  return mappingsWith((file, text) => {
    const policy = file.includes('salesforce') ? policies.salesforce : policies.hubspot;
    const shared =
      policy === undefined ? text : text.replace(/^( {2}phone): (\w+)$/m, `$1: { field: $2, policy: ${policy} }`);
    return policies.edit ? policies.edit(file, shared) : shared;
  });
}

/** The phone that each CRM holds for Anna. */
export function phones(world: World): { salesforce: unknown; hubspot: unknown } {
  return {
    salesforce: world.salesforce.fields('Lead', '00Q1').Phone ?? null,
    hubspot: world.hubspot.fields('contacts', '101').phone ?? null,
  };
}

/** What the history holds, oldest first. */
export async function historyOf(world: World) {
  return world.store.db.selectFrom('history').selectAll().orderBy('id').execute();
}

/** What the channel holds as the phone of Anna. */
export async function channelPhone(world: World): Promise<unknown> {
  const rows = await world.store.db.selectFrom('shared_values').select('held').execute();
  return (rows[0]?.held as { phone?: { value: unknown } } | undefined)?.phone?.value ?? null;
}
