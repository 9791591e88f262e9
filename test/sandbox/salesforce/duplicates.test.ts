import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org, TEXT_KEY } from './harness.ts';

let org: Org;
let known: string;
beforeAll(async () => {
  org = await Org.start();
  known = await org.create('Lead', { LastName: 'Ode', FirstName: 'Ann', Company: 'Acme', Email: 'ann@acme.example' });
  await org.deploy({ 'Lead.Key__c': TEXT_KEY });
  org.sandbox.controls.addDuplicateRule({ object: 'Lead', by: 'email', action: 'alert', onUpdate: true });
});
afterAll(() => org.close());

const HEADER = 'Sforce-Duplicate-Rule-Header';
const twin = (more: Record<string, unknown> = {}) => ({
  LastName: 'Two',
  Company: 'C',
  Email: 'ANN@acme.example',
  ...more,
});
const create = (fields: Record<string, unknown>, header?: string) =>
  org.call('POST', '/sobjects/Lead', fields, header === undefined ? {} : { [HEADER]: header });

describe('a duplicate rule that alerts', () => {
  test('refuses, and names the matches under the key as the vendor spells it', async () => {
    const { status, body } = await create(twin());
    expect(status).toBe(400);
    expect(body).toEqual([
      {
        errorCode: 'DUPLICATES_DETECTED',
        message: 'Use one of these records?',
        duplicateResut: {
          allowSave: true,
          duplicateRule: 'Same_email',
          duplicateRuleEntityType: 'Lead',
          errorMessage: 'Use one of these records?',
          matchResults: [
            {
              entityType: 'Lead',
              errors: [],
              matchEngine: 'ExactMatchEngine',
              matchRecords: [
                {
                  additionalInformation: [],
                  fieldDiffs: [],
                  matchConfidence: 100,
                  record: {
                    attributes: { type: 'Lead', url: `/services/data/v68.0/sobjects/Lead/${known}` },
                    Id: known,
                  },
                },
              ],
              rule: 'Same_email',
              size: 1,
              success: true,
            },
          ],
        },
      },
    ]);
  });

  test('shows the fields of the matches only where it is asked to', async () => {
    const { body } = await create(twin(), 'allowSave=false; includeRecordDetails=true');
    const [match] = body[0].duplicateResut.matchResults[0].matchRecords;
    expect(match.record).toMatchObject({ Id: known, Email: 'ann@acme.example', Company: 'Acme' });
  });

  test('lets the record pass where the request allows saving', async () => {
    const { status, body } = await create(twin(), 'allowSave=true');
    expect(status).toBe(201);
    await org.call('DELETE', `/sobjects/Lead/${body.id}`);
  });

  test('tells rows of a collection no more than that they are duplicates', async () => {
    const records = [{ attributes: { type: 'Lead' }, ...twin() }];
    const { body } = await org.call('POST', '/composite/sobjects', { records });
    expect(body).toEqual([
      {
        success: false,
        errors: [{ statusCode: 'DUPLICATES_DETECTED', message: 'Use one of these records?', fields: [] }],
      },
    ]);
  });

  test('heeds the headers of each request inside a composite one', async () => {
    const url = '/services/data/v68.0/sobjects/Lead/Key__c/k1';
    const call = (allowSave: boolean) => ({
      method: 'PATCH',
      url,
      referenceId: `r${allowSave}`,
      httpHeaders: { [HEADER]: `allowSave=${allowSave}` },
      body: twin(),
    });
    const { body } = await org.call('POST', '/composite', { compositeRequest: [call(false), call(true)] });
    expect(body.compositeResponse.map((one: { httpStatusCode: number }) => one.httpStatusCode)).toEqual([400, 201]);
    expect(body.compositeResponse[0].body[0].duplicateResut.matchResults[0].matchRecords[0].record.Id).toBe(known);
    await org.call('DELETE', `/sobjects/Lead/${body.compositeResponse[1].body.id}`);
  });

  test('looks at a change only where it touches what is compared', async () => {
    const other = await org.create('Lead', { LastName: 'O', Company: 'C', Email: 'o@c.example' });
    expect((await org.call('PATCH', `/sobjects/Lead/${other}`, { Title: 'x' })).status).toBe(204);
    const refused = await org.call('PATCH', `/sobjects/Lead/${other}`, { Email: 'ann@acme.example' });
    expect(refused.body[0].errorCode).toBe('DUPLICATES_DETECTED');
    expect((await org.call('PATCH', `/sobjects/Lead/${known}`, { Email: 'ann@acme.example' })).status).toBe(204);
  });

  test('does not take blanks for equal', async () => {
    expect((await create({ LastName: 'A', Company: 'C' })).status).toBe(201);
    expect((await create({ LastName: 'B', Company: 'C' })).status).toBe(201);
  });
});

test('a rule that blocks refuses whatever the request says', async () => {
  org.sandbox.controls.addDuplicateRule({ object: 'Lead', by: 'name', action: 'block' });
  const same = { LastName: 'ode', FirstName: 'ann', Company: 'ACME' };
  const { body } = await create(same, 'allowSave=true');
  expect(body[0]).toMatchObject({ errorCode: 'DUPLICATES_DETECTED', duplicateResut: { allowSave: false } });
  expect((await create({ ...same, FirstName: 'Bob' })).status).toBe(201);
});

test('a rule of leads can look for contacts, with fields of other names', async () => {
  const meta = (type: string, name: string, xml: string) =>
    org.soap(
      'm',
      `<createMetadata><metadata xsi:type="${type}"><fullName>${name}</fullName>${xml}</metadata></createMetadata>`,
    );
  const contact = await org.create('Contact', { LastName: 'C', Department: 'Unique Ltd' });
  await meta(
    'MatchingRule',
    'Contact.By_department',
    '<label>D</label><ruleStatus>Active</ruleStatus><matchingRuleItems><fieldName>Department</fieldName><matchingMethod>Exact</matchingMethod></matchingRuleItems>',
  );
  const { body } = await meta(
    'DuplicateRule',
    'Lead.Known_contact',
    '<actionOnInsert>Allow</actionOnInsert><actionOnUpdate>Allow</actionOnUpdate><alertText>Known</alertText>' +
      '<duplicateRuleMatchRules><matchRuleSObjectType>Contact</matchRuleSObjectType><matchingRule>By_department</matchingRule>' +
      '<objectMapping><mappingFields><inputField>Company</inputField><outputField>Department</outputField></mappingFields></objectMapping>' +
      '</duplicateRuleMatchRules><isActive>true</isActive><masterLabel>K</masterLabel><operationsOnInsert>Alert</operationsOnInsert>',
  );
  expect(body).toContain('<success>true');
  const refused = await create({ LastName: 'New', Company: 'unique ltd' });
  expect(refused.body[0].message).toBe('Known');
  expect(refused.body[0].duplicateResut.matchResults).toMatchObject([
    { entityType: 'Contact', matchRecords: [{ record: { Id: contact } }] },
  ]);
});
