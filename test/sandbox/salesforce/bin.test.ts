import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org, TEXT_KEY } from './harness.ts';

const DAY = 86_400_000;
let org: Org;
beforeAll(async () => {
  org = await Org.start({ sessionMs: 90 * DAY });
});
afterAll(() => org.close());

const merge = (type: string, master: string, losers: readonly string[], fields = '') =>
  org.soap(
    'u',
    `<merge><request><masterRecord><type>${type}</type><Id>${master}</Id>${fields}</masterRecord>${losers
      .map((id) => `<recordToMergeIds>${id}</recordToMergeIds>`)
      .join('')}</request></merge>`,
  );
const call = (method: string, ids: readonly string[]) =>
  org.soap('u', `<${method}>${ids.map((id) => `<ids>${id}</ids>`).join('')}</${method}>`);
const all = async (soql: string) => (await org.query(soql, {}, 'queryAll')).body.records;
const deletedIds = async (type: string): Promise<string[]> => {
  const [from, to] = [org.clock.now() - DAY, org.clock.now() + 120_000].map((ms) => new Date(ms).toISOString());
  const { body } = await org.call('GET', `/sobjects/${type}/deleted?start=${from}&end=${to}`);
  return body.deletedRecords.map((one: { id: string }) => one.id);
};
const lead = (name: string) => org.create('Lead', { LastName: name, Company: 'C' });

describe('a merge', () => {
  test('of leads leaves the losers in the bin, pointing at the master, and its stamp moves', async () => {
    const [master, loser] = [await lead('Master'), await lead('Loser')];
    org.clock.advance(60_000);
    const { body } = await merge('Lead', master, [loser], '<Phone>42</Phone>');
    expect(body).toContain(`<id>${master}</id><mergedRecordIds>${loser}</mergedRecordIds><success>true</success>`);
    const rows = await all(
      `SELECT Id, IsDeleted, MasterRecordId, Phone, SystemModstamp FROM Lead WHERE Id IN ('${master}', '${loser}') ORDER BY LastName`,
    );
    expect(rows).toMatchObject([
      { Id: loser, IsDeleted: true, MasterRecordId: master },
      { Id: master, IsDeleted: false, MasterRecordId: null, Phone: '42' },
    ]);
    expect(rows[0].SystemModstamp).toBe(rows[1].SystemModstamp);
    expect(await org.rows(`SELECT Id FROM Lead WHERE Id = '${loser}'`)).toEqual([]);
    expect(await deletedIds('Lead')).toContain(loser);
    expect((await org.call('PATCH', `/sobjects/Lead/${loser}`, { Title: 'x' })).body[0].errorCode).toBe(
      'ENTITY_IS_DELETED',
    );
  });

  test('moves campaign members, once a campaign, and what is left over is deleted for good', async () => {
    const [master, loser] = [await lead('M'), await lead('L')];
    const [both, one] = [await org.create('Campaign', { Name: 'Both' }), await org.create('Campaign', { Name: 'One' })];
    await org.create('CampaignMember', { CampaignId: both, LeadId: master });
    const doubled = await org.create('CampaignMember', { CampaignId: both, LeadId: loser });
    const moved = await org.create('CampaignMember', { CampaignId: one, LeadId: loser });
    expect((await merge('Lead', master, [loser])).body).toContain(`<updatedRelatedIds>${moved}</updatedRelatedIds>`);
    const members = await org.rows(`SELECT Id, CampaignId FROM CampaignMember WHERE LeadId = '${master}'`);
    expect(members.map((row) => row.CampaignId).toSorted()).toEqual([both, one].toSorted());
    expect(await deletedIds('CampaignMember')).toEqual([doubled]);
  });

  test('of accounts takes contacts and opportunities along; users have not changed them', async () => {
    const [master, loser] = [await org.create('Account', { Name: 'M' }), await org.create('Account', { Name: 'L' })];
    const contact = await org.create('Contact', { LastName: 'C', AccountId: loser });
    const [before] = await org.rows(`SELECT LastModifiedDate, SystemModstamp FROM Contact WHERE Id = '${contact}'`);
    org.clock.advance(60_000);
    await merge('Account', master, [loser]);
    const [after] = await org.rows(
      `SELECT AccountId, LastModifiedDate, SystemModstamp FROM Contact WHERE Id = '${contact}'`,
    );
    expect(after).toMatchObject({ AccountId: master, LastModifiedDate: before.LastModifiedDate });
    expect(after.SystemModstamp).not.toBe(before.SystemModstamp);
  });

  test.each([
    ['three losers', 'Lead', 3, 'EXCEEDED_ID_LIMIT'],
    ['an object that cannot be merged', 'Campaign', 1, 'INVALID_TYPE_FOR_OPERATION'],
  ])('of %s is refused', async (_, type, count, code) => {
    const ids = await Promise.all(
      Array.from({ length: count + 1 }, (__, i) =>
        type === 'Lead' ? lead(`x${i}`) : org.create(type, { Name: `x${i}` }),
      ),
    );
    expect((await merge(type, ids[0] ?? '', ids.slice(1))).body).toContain(`<statusCode>${code}</statusCode>`);
  });

  test('of a record into itself changes nothing', async () => {
    const one = await lead('Self');
    expect((await merge('Lead', one, [one])).body).toContain('<success>false');
    expect(await org.rows(`SELECT Id FROM Lead WHERE Id = '${one}'`)).toHaveLength(1);
  });
});

describe('the recycle bin', () => {
  test('gives a record back with what was deleted along with it, under a new stamp', async () => {
    const account = await org.create('Account', { Name: 'Back' });
    const contact = await org.create('Contact', { LastName: 'Back', AccountId: account });
    await org.call('DELETE', `/sobjects/Account/${account}`);
    org.clock.advance(60_000);
    expect((await call('undelete', [account])).body).toContain(`<id>${account}</id><success>true</success>`);
    const [row] = await org.rows(`SELECT Id, SystemModstamp, CreatedDate FROM Contact WHERE Id = '${contact}'`);
    expect(row.SystemModstamp > row.CreatedDate).toBe(true);
    expect(await deletedIds('Account')).not.toContain(account);
    expect((await call('undelete', [account])).body).toContain('UNDELETE_FAILED');
  });

  test('keeps a record out where its unique key is taken by now', async () => {
    await org.deploy({ 'Lead.Key__c': TEXT_KEY });
    const first = await org.create('Lead', { LastName: 'F', Company: 'C', Key__c: 'k' });
    await org.call('DELETE', `/sobjects/Lead/${first}`);
    await org.create('Lead', { LastName: 'S', Company: 'C', Key__c: 'k' });
    expect((await call('undelete', [first])).body).toContain('DUPLICATE_VALUE');
  });

  test('when it is emptied a record is gone from queryAll, and /deleted still names it', async () => {
    const one = await lead('Gone');
    expect((await call('emptyRecycleBin', [one])).body).toContain('<success>false');
    await org.call('DELETE', `/sobjects/Lead/${one}`);
    expect(await all(`SELECT Id FROM Lead WHERE Id = '${one}'`)).toHaveLength(1);
    expect((await call('emptyRecycleBin', [one])).body).toContain('<success>true');
    expect(await all(`SELECT Id FROM Lead WHERE Id = '${one}'`)).toHaveLength(0);
    expect(await deletedIds('Lead')).toContain(one);
    expect((await org.call('GET', `/sobjects/Lead/${one}`)).body[0].errorCode).toBe('NOT_FOUND');
  });

  test('is purged after fifteen days', async () => {
    const one = await lead('Old');
    await org.call('DELETE', `/sobjects/Lead/${one}`);
    org.clock.advance(15 * DAY - 60_000);
    expect(await all(`SELECT Id FROM Lead WHERE Id = '${one}'`)).toHaveLength(1);
    org.clock.advance(120_000);
    expect(await all(`SELECT Id FROM Lead WHERE Id = '${one}'`)).toHaveLength(0);
  });
});

test('a delete of a collection without ids is refused', async () => {
  for (const path of ['/composite/sobjects', '/composite/sobjects?ids=']) {
    expect(await org.call('DELETE', path)).toMatchObject({ status: 400, body: [{ errorCode: 'MISSING_ARGUMENT' }] });
  }
});
