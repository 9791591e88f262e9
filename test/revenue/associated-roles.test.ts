import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { associatedRoles } from '../../src/revenue/service/apply.ts';

const DEAL = { connection: 'hub', object: 'deals', id: '7' };
const contacts = fc.uniqueArray(fc.constantFrom('1', '2', '3', '4'));

/** What the roles of a deal are after changes that came one by one. */
function rolesAfter(
  changes: ReturnType<typeof associatedRoles>,
  before: ReadonlyMap<string, string>,
): Map<string, string> {
  const roles = new Map(before);
  for (const { id, value } of changes) {
    if (value === null) roles.delete(id);
    else roles.set(id, value.contact ?? '');
  }
  return roles;
}

describe('contact roles from associations', () => {
  test('every associated contact has one, and nobody else, however the associations went before', () => {
    fc.assert(
      fc.property(contacts, contacts, (before, now) => {
        const had = rolesAfter(associatedRoles(DEAL, before, []), new Map());
        const has = rolesAfter(associatedRoles(DEAL, now, before), had);
        expect([...has.values()].sort()).toEqual([...now].sort());
      }),
    );
  });

  test('none of them is primary: HubSpot does not say who leads', () => {
    expect(associatedRoles(DEAL, ['1'], [])).toEqual([
      { ...DEAL, id: '7/1', value: { opportunity: '7', contact: '1', primary: false } },
    ]);
  });
});
