import jsforce from 'jsforce';
import { SandboxClock } from '../core/clock.ts';
import { startSalesforce } from './index.ts';
const clock = new SandboxClock(Date.UTC(2026, 0, 5, 9));
let t0 = performance.now();
const sf = await startSalesforce({ clock });
console.log('start', performance.now() - t0);
const conn = new jsforce.Connection({ instanceUrl: sf.url, accessToken: sf.credentials.accessToken, version: '68.0' });
const log = async (n: string, f: () => unknown) => { try { const r = await f(); console.log(n, JSON.stringify(r)?.slice(0, 700)); return r as any; } catch (e: any) { console.log(n, 'ERR', e.errorCode, e.message?.slice(0, 400), e.stack?.split('\n')[1]); } };
await log('identity', () => conn.identity());
await log('org', () => conn.query('SELECT Id, Name FROM Organization'));
await log('users', () => conn.query('SELECT Id, Name, Profile.Name FROM User'));
const acc = await log('create acc', () => conn.sobject('Account').create({ Name: 'Acme', Website: 'acme.com' }));
await log('meta', () => conn.metadata.create('CustomField', [
  { fullName: 'Lead.Sluice_Id__c', label: 'Sluice Id', type: 'Text', length: 64, externalId: true, unique: true },
  { fullName: 'Lead.Sluice_Score__c', label: 'Score', type: 'Number', precision: 3, scale: 0 },
  { fullName: 'Lead.Sluice_Partner__c', label: 'Partner', type: 'Lookup', referenceTo: 'Account', relationshipName: 'Sluice_Leads', deleteConstraint: 'SetNull' },
  { fullName: 'Account.Terr__c', label: 'Terr', type: 'MultiselectPicklist', visibleLines: 4, valueSet: { restricted: true, valueSetDefinition: { sorted: false, value: [{ fullName: 'DE', default: false, label: 'DE' }, { fullName: 'AT', default: false, label: 'AT' }] } } },
] as any));
await log('meta obj', () => conn.metadata.upsert('CustomObject', { fullName: 'Sluice_Offer__c', label: 'Offer', pluralLabel: 'Offers', nameField: { type: 'Text', label: 'Name' }, deploymentStatus: 'Deployed', sharingModel: 'ReadWrite' } as any));
await log('meta obj f', () => conn.metadata.upsert('CustomField', [{ fullName: 'Sluice_Offer__c.Lead__c', label: 'Lead', type: 'Lookup', referenceTo: 'Lead', relationshipName: 'Sluice_Offers' }, { fullName: 'Sluice_Offer__c.Accept_By__c', label: 'A', type: 'DateTime' }] as any));
await log('meta bad', () => conn.metadata.create('CustomField', { fullName: 'Lead.Bad__c', label: 'x', type: 'Text' } as any));
await log('invisible', () => conn.query('SELECT Id, Sluice_Id__c FROM Lead'));
const me = (await conn.query("SELECT Id FROM User WHERE Alias = 'integ'")).records[0]!.Id;
const ps = await log('ps', () => conn.sobject('PermissionSet').create({ Name: 'Sluice', Label: 'Sluice' }));
await log('psa', () => conn.sobject('PermissionSetAssignment').create({ PermissionSetId: ps.id, AssigneeId: me }));
await log('fp', () => conn.sobject('FieldPermissions').create(['Lead.Sluice_Id__c', 'Lead.Sluice_Score__c', 'Lead.Sluice_Partner__c', 'Account.Terr__c', 'Sluice_Offer__c.Lead__c', 'Sluice_Offer__c.Accept_By__c'].map((Field) => ({ ParentId: ps.id, SobjectType: Field.split('.')[0], Field, PermissionsRead: true, PermissionsEdit: true }))));
await log('leads', () => conn.sobject('Lead').create([{ LastName: 'A', Company: 'X', Sluice_Id__c: 'k1', Sluice_Score__c: 12.4, Sluice_Partner__c: acc.id }, { LastName: 'B', Company: 'Y', Sluice_Id__c: 'k1' }, { LastName: 'C' }, { LastName: 'D', Company: 'Z', Email: 'bad' }, { LastName: 'E', Company: 'Z', foo__c: 1 }, { LastName: 'F', Company: 'F co', Email: 'f@f.com' }]));
await log('q', () => conn.query("SELECT Id, Name, Sluice_Id__c, Sluice_Score__c, Sluice_Partner__r.Name, Owner.Name, Owner.Type, CreatedDate, (SELECT Id FROM Sluice_Offers__r) FROM Lead WHERE (SystemModstamp = 2026-01-05T09:00:00Z AND Id > '00Q000000000000') OR SystemModstamp > 2026-01-05T09:00:00Z ORDER BY SystemModstamp, Id LIMIT 10"));
await log('upsert', () => conn.sobject('Lead').upsert([{ Sluice_Id__c: 'k1', LastName: 'AA', Company: 'X' }, { Sluice_Id__c: 'k2', LastName: 'BB', Company: 'X' }], 'Sluice_Id__c'));
await log('upsert1', () => conn.sobject('Lead').upsert({ Sluice_Id__c: 'k3', LastName: 'BB', Company: 'X' }, 'Sluice_Id__c'));
await log('bad q', () => conn.query('SELECT Id, foo FROM Lead'));
await log('bad q2', () => conn.query('SELECT Id,, foo FROM Lead'));
await log('bad q3', () => conn.query("SELECT Id FROM Leed WHERE x = 'y"));
await log('bad q4', () => conn.query("SELECT Id FROM Leed"));
await log('group', () => conn.query('SELECT Company, COUNT(Id) c, MAX(CreatedDate), SUM(Sluice_Score__c) FROM Lead GROUP BY Company HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC'));
await log('fields all', () => conn.query('SELECT FIELDS(ALL) FROM Lead LIMIT 1'));
await log('describe', async () => { const d = await conn.sobject('Lead').describe(); return [d.fields.length, d.fields.find((f) => f.name === 'Sluice_Partner__c'), d.childRelationships.map((c) => c.relationshipName)]; });
await log('global', async () => (await conn.describeGlobal()).sobjects.map((s) => s.name).join());
const lead = await log('f', () => conn.sobject('Lead').findOne({ Email: 'f@f.com' }));
const camp = await log('camp', () => conn.sobject('Campaign').create({ Name: 'C1', IsActive: true }));
await log('member', () => conn.sobject('CampaignMember').create({ CampaignId: camp.id, LeadId: lead.Id, Status: 'Responded' }));
await log('member2', () => conn.sobject('CampaignMember').create({ CampaignId: camp.id, LeadId: lead.Id, Status: 'Responded' }));
await log('convert', () => conn.soap.convertLead({ leadId: lead.Id, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: false, overwriteLeadSource: false, sendNotificationEmail: false }));
await log('convert2', () => conn.soap.convertLead({ leadId: lead.Id, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: false } as any));
await log('after', () => conn.query('SELECT Id, CampaignId, Campaign.NumberOfResponses, LeadId, ContactId, HasResponded, FirstRespondedDate, Contact.Name FROM CampaignMember'));
await log('opp', () => conn.query('SELECT Id, Name, IsClosed, IsWon, StageName, Probability, CloseDate, CampaignId, Account.Name, (SELECT Contact.Name, IsPrimary FROM OpportunityContactRoles) FROM Opportunity'));
await log('upd conv', () => conn.sobject('Lead').update({ Id: lead.Id, Title: 'x' }));
await log('read', () => conn.metadata.read('CustomField', ['Lead.Sluice_Partner__c', 'Account.Terr__c', 'Lead.Nope__c']));
await log('list', () => conn.metadata.list([{ type: 'CustomObject' }]));
await log('mdescribe', () => conn.metadata.describe());
await log('tool', () => conn.tooling.sobject('CustomField').create({ FullName: 'Contact.T__c', Metadata: { type: 'Text', length: 10, label: 'T' } } as any));
await log('toolq', () => conn.tooling.query("SELECT Id, DeveloperName, TableEnumOrId FROM CustomField WHERE TableEnumOrId = 'Contact'"));
await log('entity', () => conn.query("SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Lead'"));
await log('composite', () => conn.requestPost('/composite', { allOrNone: true, compositeRequest: [{ method: 'POST', url: '/services/data/v68.0/sobjects/Account', referenceId: 'a', body: { Name: 'N' } }, { method: 'POST', url: '/services/data/v68.0/sobjects/Contact', referenceId: 'c', body: { LastName: 'N', AccountId: '@{a.id}' } }] }));
await log('tree', () => conn.requestPost('/composite/tree/Account', { records: [{ attributes: { type: 'Account', referenceId: 'r1' }, Name: 'T', Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'r2' }, LastName: 'L' }] } }] }));
await log('updated', () => conn.sobject('Lead').updated(new Date(clock.now() - 3600e3), new Date(clock.now() + 60e3)));
await log('destroy', () => conn.sobject('Account').destroy(acc.id));
await log('deleted', () => conn.sobject('Account').deleted(new Date(clock.now() - 3600e3), new Date(clock.now() + 60e3)));
await log('limits', () => conn.limits());
await log('retrieve', () => conn.sobject('Lead').retrieve([lead.Id, lead.Id]));
await log('create bad', () => conn.sobject('Lead').create({ LastName: 'x'.repeat(99), Company: 'x' }));
console.log(sf.requests.total, sf.requests.byKind, conn.limitInfo);
// speed
t0 = performance.now();
for (let k = 0; k < 25; k++) await conn.sobject('Contact').create(Array.from({ length: 200 }, (_, i) => ({ LastName: `L${k}-${i}`, FirstName: 'F', Email: `a${k}${i}@x.com`, Phone: '1', Title: 't' })));
console.log('5000 creates', performance.now() - t0);
t0 = performance.now();
let r = await conn.query('SELECT Id, Name, Email, Title, Account.Name, SystemModstamp FROM Contact ORDER BY SystemModstamp, Id'); let n = r.records.length; let pages = 1;
while (!r.done) { r = await conn.queryMore(r.nextRecordsUrl!); n += r.records.length; pages++; }
console.log('read', n, pages, performance.now() - t0);
await sf.close();
