/** The vendor's own fields in both CRMs, and the right of the integration's user to see them. */
import { partnerCategories, partnerProgrammes } from './partner-terms.ts';
import { type SalesforceCredentials, tag } from './salesforce-client.ts';
import { products } from './words/business.ts';
import { countries } from './words/countries.ts';
import type { World } from './world.ts';

const stages = ['Subscriber', 'Lead', 'MQL', 'SQL', 'Customer'];

/** What setting up needs of a market. */
type Vendor = Pick<World, 'salesforce' | 'hubspot' | 'fields'>;

/** Creates the vendor's custom fields; @throws where Salesforce or HubSpot refuses one. */
export async function setUpVendor(
  world: Vendor,
  credentials: SalesforceCredentials & { readonly accessToken: string },
): Promise<void> {
  await Promise.all([setUpSalesforce(world, credentials.accessToken), setUpHubspot(world)]);
}

async function setUpSalesforce(world: Vendor, integrationToken: string): Promise<void> {
  const { salesforce, fields } = world;
  const { partner, lead, contact } = fields.salesforce;
  const codes = countries.map(({ code }) => code).sort();
  const customFields: [string, string, string][] = [
    ['Account', partner.status, picklist('Picklist', ['Onboarding', 'Active', 'Dormant', 'Terminated'], true)],
    ['Account', partner.territories, picklist('MultiselectPicklist', codes, true)],
    ['Account', partner.competencies, picklist('MultiselectPicklist', products, true)],
    ['Account', partner.tier, picklist('Picklist', ['Platinum', 'Gold', 'Silver', 'Registered'], false)],
    ['Account', partner.category, picklist('Picklist', partnerCategories, false)],
    ['Account', partner.programmes, picklist('MultiselectPicklist', partnerProgrammes, false)],
    ...[partner.certifications, partner.languages, partner.timeZone, partner.blackouts].map(
      (name): [string, string, string] => ['Account', name, '<length>255</length><type>Text</type>'],
    ),
    ...[partner.capacity, partner.dailyCapacity, partner.weeklyCapacity, partner.minimumScore].map(
      (name): [string, string, string] => [
        'Account',
        name,
        '<precision>4</precision><scale>0</scale><type>Number</type>',
      ],
    ),
    ...[partner.email, partner.managerEmail].map((name): [string, string, string] => [
      'Account',
      name,
      '<type>Email</type>',
    ]),
  ];
  for (const [object, names] of [['Lead', lead] as const, ['Contact', contact] as const]) {
    customFields.push(
      [object, names.stage, picklist('Picklist', stages, true)],
      [object, names.product, picklist('Picklist', products, false)],
      [object, names.hubspotId, '<length>32</length><type>Text</type>'],
    );
  }
  await salesforce.createMetadata(
    customFields.map(([object, name, xml]) => ({
      type: 'CustomField',
      xml: `${tag('fullName', `${object}.${name}`)}${tag('label', name.replace(/__c$/, '').replaceAll('_', ' '))}${xml}`,
    })),
  );
  const [permissionSetId] = await salesforce.create([
    {
      key: 'permission set',
      type: 'PermissionSet',
      fields: { Name: 'Vendor_Marketing', Label: 'Vendor Marketing' },
    },
  ]);
  const users = new Set([await salesforce.userId(), await salesforce.userId(integrationToken)]);
  await salesforce.create([
    ...customFields.map(([object, name]) => ({
      key: `permission ${object}.${name}`,
      type: 'FieldPermissions',
      fields: {
        ParentId: permissionSetId,
        SobjectType: object,
        Field: `${object}.${name}`,
        PermissionsRead: true,
        PermissionsEdit: true,
      },
    })),
    ...[...users].map((AssigneeId) => ({
      key: `assignment ${AssigneeId}`,
      type: 'PermissionSetAssignment',
      fields: { PermissionSetId: permissionSetId, AssigneeId },
    })),
  ]);
}

function picklist(type: 'Picklist' | 'MultiselectPicklist', values: readonly string[], restricted: boolean): string {
  const options = values.map(
    (value) => `<value>${tag('fullName', value)}<default>false</default>${tag('label', value)}</value>`,
  );
  const definition = `<valueSetDefinition><sorted>false</sorted>${options.join('')}</valueSetDefinition>`;
  const lines = type === 'Picklist' ? '' : '<visibleLines>5</visibleLines>';
  return `<type>${type}</type><valueSet><restricted>${restricted}</restricted>${definition}</valueSet>${lines}`;
}

async function setUpHubspot(world: Vendor): Promise<void> {
  await world.hubspot.createProperty({
    name: world.fields.hubspot.product,
    label: 'Product interest',
    groupName: 'contactinformation',
    type: 'enumeration',
    fieldType: 'select',
    options: products.map((product, displayOrder) => ({ label: product, value: product, displayOrder, hidden: false })),
  });
}
