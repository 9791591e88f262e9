import type { ObjectType } from './object-types.ts';
import {
  BOOLEANS,
  type Choice,
  COMPANY_TYPES,
  CURRENCY_CHOICES,
  DEAL_TYPES,
  EMPLOYEE_RANGES,
  INDUSTRIES,
  LEAD_LABELS,
  LEAD_STATUSES,
  LEAD_TYPES,
  LIFECYCLE_STAGES,
  PRIORITIES,
  SOURCES,
} from './options.ts';
import type { PropertyDefinition } from './property-definition.ts';

/**
 * The properties that a new portal has (those a connector meets; the vendor has some hundreds more).
 *
 * One row a property: "name|label|type fieldType|flags". Flags: r read-only, c calculated, u unique, o an owner,
 * s read-only for people in the vendor's portal but accepted here, because it is written by the vendor's own tracking or by
 * its Salesforce integration, which the sandbox has not: a market plays their part.
 */
const CONTACT = `
email|Email|string text|u
firstname|First Name|string text
lastname|Last Name|string text
phone|Phone Number|string phonenumber
mobilephone|Mobile Phone Number|string phonenumber
fax|Fax Number|string text
company|Company Name|string text
jobtitle|Job Title|string text
website|Website URL|string text
address|Street Address|string text
city|City|string text
state|State/Region|string text
zip|Postal Code|string text
country|Country/Region|string text
industry|Industry|string text
numemployees|Number of Employees|enumeration radio
annualrevenue|Annual Revenue|string text
message|Message|string textarea
hs_language|Preferred language|string text
lifecyclestage|Lifecycle Stage|enumeration radio
hs_lead_status|Lead Status|enumeration radio
hubspot_owner_id|Contact owner|enumeration select|o
hubspot_owner_assigneddate|Owner assigned date|datetime date|r
hubspotscore|HubSpot Score|number number
associatedcompanyid|Primary Associated Company ID|number number
hs_additional_emails|Additional email addresses|enumeration checkbox
hs_email_domain|Email Domain|string text|c
hs_email_optout|Unsubscribed from all email|bool booleancheckbox|s
hs_marketable_status|Marketing contact status|bool booleancheckbox|r
hs_analytics_source|Original Traffic Source|enumeration select|s
hs_analytics_first_timestamp|Time First Seen|datetime date|s
hs_analytics_last_timestamp|Time Last Seen|datetime date|s
hs_analytics_first_touch_converting_campaign|First Touch Converting Campaign|string text|s
hs_analytics_last_touch_converting_campaign|Last Touch Converting Campaign|string text|s
hs_latest_source|Latest Traffic Source|enumeration select|s
first_conversion_event_name|First Conversion|string text|s
first_conversion_date|First Conversion Date|datetime date|s
recent_conversion_event_name|Recent Conversion|string text|s
recent_conversion_date|Recent Conversion Date|datetime date|s
num_conversion_events|Number of Form Submissions|number number|s
notes_last_contacted|Last Contacted|datetime date|s
salesforceleadid|Salesforce Lead ID|string text|s
salesforcecontactid|Salesforce Contact ID|string text|s
salesforceaccountid|Salesforce Account ID|string text|s
salesforcecampaignids|Salesforce Campaign IDs|string text|s
salesforcelastsynctime|Last Salesforce Sync Time|datetime date|s
hs_all_contact_vids|All vids for a contact|string text|r
hs_is_contact|Is a contact|bool booleancheckbox|r
hs_object_id|Record ID|number number|r
hs_object_source|Record creation source ID|string text|r
hs_object_source_label|Record source|string text|r
hs_merged_object_ids|Merged record IDs|enumeration checkbox|r
createdate|Create Date|datetime date|r
lastmodifieddate|Last Modified Date|datetime date|r
`;

const COMPANY = `
name|Company name|string text
domain|Company Domain Name|string text
website|Website URL|string text
phone|Phone Number|string phonenumber
address|Street Address|string text
city|City|string text
state|State/Region|string text
zip|Postal Code|string text
country|Country/Region|string text
industry|Industry|enumeration select
type|Type|enumeration select
description|Description|string textarea
numberofemployees|Number of Employees|number number
annualrevenue|Annual Revenue|number number
founded_year|Year Founded|string text
lifecyclestage|Lifecycle Stage|enumeration radio
hs_lead_status|Lead Status|enumeration radio
hubspot_owner_id|Company owner|enumeration select|o
hubspot_owner_assigneddate|Owner assigned date|datetime date|r
hs_analytics_source|Original Traffic Source|enumeration select|s
salesforceaccountid|Salesforce Account ID|string text|s
hs_object_id|Record ID|number number|r
hs_object_source|Record creation source ID|string text|r
hs_object_source_label|Record source|string text|r
hs_merged_object_ids|Merged record IDs|enumeration checkbox|r
createdate|Create Date|datetime date|r
hs_lastmodifieddate|Last Modified Date|datetime date|r
`;

const DEAL = `
dealname|Deal Name|string text
amount|Amount|number number
dealstage|Deal Stage|enumeration radio
pipeline|Pipeline|enumeration select
dealtype|Deal Type|enumeration radio
closedate|Close Date|datetime date
description|Deal Description|string textarea
deal_currency_code|Currency|enumeration select
hs_priority|Priority|enumeration select
closed_won_reason|Closed Won Reason|string textarea
closed_lost_reason|Closed Lost Reason|string textarea
hubspot_owner_id|Deal owner|enumeration select|o
hubspot_owner_assigneddate|Owner assigned date|datetime date|r
amount_in_home_currency|Amount in company currency|number number|c
hs_is_closed|Is Deal Closed?|bool booleancheckbox|c
hs_is_closed_won|Is Closed Won|bool booleancheckbox|c
hs_is_closed_lost|Is Closed Lost|bool booleancheckbox|c
hs_closed_amount|Closed Deal Amount|number number|c
hs_deal_stage_probability|Deal probability|number number|c
hs_projected_amount|Weighted amount|number number|c
hs_analytics_source|Original Traffic Source|enumeration select|s
hs_salesforceopportunityid|Salesforce Opportunity ID|string text|s
hs_object_id|Record ID|number number|r
hs_object_source|Record creation source ID|string text|r
hs_object_source_label|Record source|string text|r
hs_merged_object_ids|Merged record IDs|enumeration checkbox|r
createdate|Create Date|datetime date
hs_lastmodifieddate|Last Modified Date|datetime date|r
`;

const LEAD = `
hs_lead_name|Lead name|string text
hs_lead_type|Lead type|enumeration select
hs_lead_label|Lead label|enumeration select
hs_pipeline|Pipeline|enumeration select
hs_pipeline_stage|Lead pipeline stage|enumeration select
hubspot_owner_id|Lead owner|enumeration select|o
hubspot_owner_assigneddate|Owner assigned date|datetime date|r
hs_primary_contact_id|Primary contact ID|number number|c
hs_primary_company_id|Primary company ID|number number|c
hs_object_id|Record ID|number number|r
hs_object_source|Record creation source ID|string text|r
hs_object_source_label|Record source|string text|r
hs_merged_object_ids|Merged record IDs|enumeration checkbox|r
hs_createdate|Create Date|datetime date|r
hs_lastmodifieddate|Last Modified Date|datetime date|r
`;

const LINE_ITEM = `
name|Name|string text
hs_product_id|Product ID|number number
hs_sku|SKU|string text
description|Description|string textarea
quantity|Quantity|number number
price|Unit price|number number
discount|Unit discount|number number
hs_discount_percentage|Discount percentage|number number
hs_line_item_currency_code|Currency|enumeration select
amount|Net price|number number|c
hs_object_id|Record ID|number number|r
hs_object_source|Record creation source ID|string text|r
hs_object_source_label|Record source|string text|r
createdate|Create Date|datetime date|r
hs_lastmodifieddate|Last Modified Date|datetime date|r
`;

const ROWS: Record<ObjectType['name'], string> = {
  contacts: CONTACT,
  companies: COMPANY,
  deals: DEAL,
  leads: LEAD,
  line_items: LINE_ITEM,
};

const CHOICES: Readonly<Record<string, readonly Choice[]>> = {
  lifecyclestage: LIFECYCLE_STAGES,
  hs_lead_status: LEAD_STATUSES,
  numemployees: EMPLOYEE_RANGES,
  hs_analytics_source: SOURCES,
  hs_latest_source: SOURCES,
  industry: INDUSTRIES,
  type: COMPANY_TYPES,
  dealtype: DEAL_TYPES,
  hs_priority: PRIORITIES,
  deal_currency_code: CURRENCY_CHOICES,
  hs_line_item_currency_code: CURRENCY_CHOICES,
  hs_lead_type: LEAD_TYPES,
  hs_lead_label: LEAD_LABELS,
};

export const DEFAULT_GROUPS: Readonly<Record<ObjectType['name'], readonly (readonly [string, string])[]>> = {
  contacts: [
    ['contactinformation', 'Contact information'],
    ['analyticsinformation', 'Web analytics history'],
    ['conversioninformation', 'Conversion information'],
    ['emailinformation', 'Email information'],
    ['salesforceinformation', 'Salesforce information'],
  ],
  companies: [
    ['companyinformation', 'Company information'],
    ['analyticsinformation', 'Web analytics history'],
    ['salesforceinformation', 'Salesforce information'],
  ],
  deals: [
    ['dealinformation', 'Deal information'],
    ['analyticsinformation', 'Web analytics history'],
    ['salesforceinformation', 'Salesforce information'],
  ],
  leads: [['lead_information', 'Lead information']],
  line_items: [['lineiteminformation', 'Line item information']],
};

function groupOf(type: ObjectType, name: string): string {
  const groups = DEFAULT_GROUPS[type.name].map(([group]) => group);
  const wanted = name.startsWith('hs_analytics')
    ? 'analyticsinformation'
    : name.startsWith('salesforce')
      ? 'salesforceinformation'
      : name.startsWith('hs_email')
        ? 'emailinformation'
        : name.includes('conversion')
          ? 'conversioninformation'
          : '';
  return groups.includes(wanted) ? wanted : (groups[0] ?? '');
}

/** The definitions of the default properties of `type`, lifecycle dates included. */
export function defaultProperties(type: ObjectType): PropertyDefinition[] {
  const rows = ROWS[type.name].trim().split('\n');
  if (type.name === 'contacts' || type.name === 'companies') {
    for (const { value, label } of LIFECYCLE_STAGES) {
      rows.push(`hs_lifecyclestage_${value}_date|Became a ${label} Date|datetime date|c`);
    }
  }
  return rows.map((row) => {
    const [name = '', label = '', types = '', flags = ''] = row.split('|');
    const [kind = 'string', fieldType = 'text'] = types.split(' ');
    const readOnly = /[rcs]/.test(flags);
    const choices = kind === 'bool' ? BOOLEANS : kind === 'enumeration' ? (CHOICES[name] ?? []) : [];
    return {
      name,
      label,
      type: kind,
      fieldType: flags.includes('c') ? 'calculation_equation' : fieldType,
      groupName: groupOf(type, name),
      description: '',
      options: choices.map((choice, displayOrder) => ({ ...choice, description: '', displayOrder, hidden: false })),
      displayOrder: -1,
      hidden: false,
      formField: !readOnly,
      calculated: flags.includes('c'),
      externalOptions: flags.includes('o') || /^(dealstage|pipeline|hs_pipeline|hs_pipeline_stage)$/.test(name),
      hasUniqueValue: flags.includes('u') || name === 'hs_object_id',
      hubspotDefined: true,
      archived: false,
      readOnlyValue: readOnly,
      writtenByTracking: flags.includes('s'),
      openOptions: kind === 'enumeration' && ['hs_additional_emails', 'hs_merged_object_ids'].includes(name),
      owner: flags.includes('o'),
    };
  });
}
