/**
 * The least that a channel program does, for tests of the market: it makes the offer object, offers every qualified
 * person to the next active partner in turn, and closes what was answered or has run out. No scores, no routes.
 */
import type { Sandbox } from '../../../sandbox/index.ts';
import { freshHubspotTokens } from '../../../sandbox/market/fresh-tokens.ts';
import { HubspotClient } from '../../../sandbox/market/hubspot-client.ts';
import { SalesforceClient, tag } from '../../../sandbox/market/salesforce-client.ts';

type Credentials = Pick<Sandbox, 'salesforce' | 'hubspot'>;

const offerFields: readonly (readonly [string, string])[] = [
  ['Sluice_Id__c', '<externalId>true</externalId><length>64</length><type>Text</type><unique>true</unique>'],
  ['Sluice_Lead__c', '<length>64</length><type>Text</type>'],
  ['Lead__c', lookup('Lead')],
  ['Contact__c', lookup('Contact')],
  ['Partner__c', lookup('Account')],
  ['Status__c', '<length>20</length><type>Text</type>'],
  ['Accept_By__c', '<type>DateTime</type>'],
  ['Response__c', '<length>20</length><type>Text</type>'],
  ['Response_Reason__c', '<length>255</length><type>Text</type>'],
];

function lookup(to: string): string {
  return `<referenceTo>${to}</referenceTo><relationshipLabel>Offers</relationshipLabel><relationshipName>Offers_${to}</relationshipName><type>Lookup</type>`;
}

export class Offerer {
  readonly salesforce: SalesforceClient;
  readonly #credentials: Credentials;
  readonly #offered = new Set<string>();
  #turn = 0;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    this.salesforce = new SalesforceClient(credentials.salesforce);
  }

  async provision(): Promise<void> {
    const object = 'Sluice_Offer__c';
    await this.salesforce.createMetadata([
      {
        type: 'CustomObject',
        xml: `${tag('fullName', object)}<deploymentStatus>Deployed</deploymentStatus><label>Offer</label><nameField><displayFormat>O-{00000}</displayFormat><label>Number</label><type>AutoNumber</type></nameField><pluralLabel>Offers</pluralLabel><sharingModel>ReadWrite</sharingModel>`,
      },
    ]);
    await this.salesforce.createMetadata(
      offerFields.map(([name, xml]) => ({
        type: 'CustomField',
        xml: `${tag('fullName', `${object}.${name}`)}${tag('label', name)}${xml}`,
      })),
    );
    const set = { key: 'set', type: 'PermissionSet', fields: { Name: 'Offers', Label: 'Offers' } };
    const [ParentId] = await this.salesforce.create([set]);
    const assignment = { PermissionSetId: ParentId, AssigneeId: await this.salesforce.userId() };
    await this.salesforce.create([
      ...offerFields.map(([name]) => ({
        key: name,
        type: 'FieldPermissions',
        fields: {
          ParentId,
          SobjectType: object,
          Field: `${object}.${name}`,
          PermissionsRead: true,
          PermissionsEdit: true,
        },
      })),
      { key: 'assignment', type: 'PermissionSetAssignment', fields: assignment },
    ]);
    const hubspot = await this.#hubspot();
    for (const name of ['sluice_lead', 'sluice_partner', 'sluice_offer_id', 'sluice_response']) {
      await hubspot.createProperty({
        name,
        label: name,
        groupName: 'contactinformation',
        type: 'string',
        fieldType: 'text',
      });
    }
  }

  /** Offers all qualified Leads that nobody was offered yet; `contacts` are HubSpot ids of people that HubSpot alone holds. */
  async offer(nowMs: number, hubspotOf: ReadonlyMap<string, string>, contacts: readonly string[]): Promise<number> {
    const where = "Marketing_Stage__c = 'MQL' AND IsConverted = false AND HasOptedOutOfEmail = false";
    const leads = (await this.salesforce.query(`SELECT Id FROM Lead WHERE ${where} ORDER BY Id`)) ?? [];
    const partners =
      (await this.salesforce.query("SELECT Id, Name FROM Account WHERE Partner_Status__c = 'Active' ORDER BY Id")) ??
      [];
    const fresh = [
      ...leads.map(({ Id }) => ({ key: Id, lead: Id, contact: hubspotOf.get(Id) })),
      ...contacts.map((id) => ({ key: id, lead: null, contact: id })),
    ].filter(({ key }) => !this.#offered.has(key));
    const rows = [];
    const marks = [];
    for (const { key, lead, contact } of fresh) {
      const partner = partners[this.#turn++ % partners.length];
      if (!partner) throw new Error('the market has no active partner');
      this.#offered.add(key);
      const Sluice_Id__c = `offer-${key}`;
      const fields = {
        Sluice_Id__c,
        Sluice_Lead__c: `lead-${key}`,
        Lead__c: lead,
        Partner__c: partner.Id,
        Status__c: 'Open',
        Accept_By__c: new Date(nowMs + 48 * 3_600_000).toISOString(),
      };
      rows.push({ key, type: 'Sluice_Offer__c', fields });
      if (contact === undefined) continue;
      const properties = {
        sluice_lead: `lead-${key}`,
        sluice_partner: String(partner.Name),
        sluice_offer_id: Sluice_Id__c,
      };
      marks.push({ key, id: contact, properties });
    }
    await this.salesforce.create(rows);
    await (await this.#hubspot()).update('contacts', marks);
    return rows.length;
  }

  async responses(): Promise<Record<string, unknown>[]> {
    const fields = 'Id, Status__c, Response__c, Response_Reason__c, Accept_By__c, LastModifiedDate';
    return (await this.salesforce.query(`SELECT ${fields} FROM Sluice_Offer__c ORDER BY Sluice_Id__c`)) ?? [];
  }

  /** The answers that stand on HubSpot contacts. */
  async hubspotResponses(ids: readonly string[]): Promise<string[]> {
    const contacts = await (await this.#hubspot()).read('contacts', ids, ['sluice_response']);
    return [...contacts.values()].flatMap(({ properties }) => properties.sluice_response ?? []);
  }

  /** Closes what ran out and what was accepted. */
  async close(nowMs: number): Promise<void> {
    const open = "SELECT Id, Response__c, Accept_By__c FROM Sluice_Offer__c WHERE Status__c = 'Open'";
    const done = ((await this.salesforce.query(open)) ?? []).flatMap(({ Id, Response__c, Accept_By__c }) => {
      const status = Response__c ?? (Date.parse(String(Accept_By__c)) <= nowMs ? 'Expired' : null);
      return status ? [{ key: Id, type: 'Sluice_Offer__c', id: Id, fields: { Status__c: status } }] : [];
    });
    await this.salesforce.update(done);
  }

  /** A client whose token is fresh: time jumps farther than a token lives. */
  async #hubspot(): Promise<HubspotClient> {
    const { url, accessToken } = await freshHubspotTokens(this.#credentials.hubspot);
    return new HubspotClient(url, accessToken);
  }
}
