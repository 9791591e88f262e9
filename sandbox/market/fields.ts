/** The names that tie the market to a vendor's org and portal; passed in, so that the market knows no product. */

export interface StageFields {
  readonly stage: string;
  readonly product: string;
  readonly hubspotId: string;
}

export interface MarketFields {
  readonly salesforce: {
    /** The object and fields on which partners see and answer offers. */
    readonly offer: {
      readonly object: string;
      readonly id: string;
      readonly leadKey: string;
      readonly lead: string;
      readonly contact: string;
      readonly partner: string;
      readonly status: string;
      readonly acceptBy: string;
      readonly response: string;
      readonly reason: string;
    };
    readonly lead: StageFields;
    readonly contact: StageFields;
    readonly partner: {
      readonly status: string;
      readonly territories: string;
      readonly competencies: string;
      readonly tier: string;
      readonly capacity: string;
      readonly category: string;
      readonly programmes: string;
      readonly certifications: string;
      readonly languages: string;
      readonly timeZone: string;
      readonly dailyCapacity: string;
      readonly weeklyCapacity: string;
      readonly minimumScore: string;
      readonly blackouts: string;
      readonly email: string;
      readonly managerEmail: string;
    };
  };
  readonly hubspot: {
    readonly product: string;
    readonly salesforceLeadId: string;
    readonly salesforceContactId: string;
    readonly offerId: string;
    readonly response: string;
    readonly leadKey: string;
    readonly partner: string;
  };
}

const stageFields: StageFields = {
  stage: 'Marketing_Stage__c',
  product: 'Product_Interest__c',
  hubspotId: 'HubSpot_Contact_Id__c',
};

/** The field names of the default vendor and of what Sluice provisions by default. */
export const defaultFields: MarketFields = {
  salesforce: {
    offer: {
      object: 'Sluice_Offer__c',
      id: 'Sluice_Id__c',
      leadKey: 'Sluice_Lead__c',
      lead: 'Lead__c',
      contact: 'Contact__c',
      partner: 'Partner__c',
      status: 'Status__c',
      acceptBy: 'Accept_By__c',
      response: 'Response__c',
      reason: 'Response_Reason__c',
    },
    lead: stageFields,
    contact: stageFields,
    partner: {
      status: 'Partner_Status__c',
      territories: 'Partner_Territories__c',
      competencies: 'Partner_Competencies__c',
      tier: 'Partner_Tier__c',
      capacity: 'Partner_Capacity__c',
      category: 'Partner_Category__c',
      programmes: 'Partner_Programmes__c',
      certifications: 'Partner_Certifications__c',
      languages: 'Partner_Languages__c',
      timeZone: 'Partner_Time_Zone__c',
      dailyCapacity: 'Partner_Daily_Capacity__c',
      weeklyCapacity: 'Partner_Weekly_Capacity__c',
      minimumScore: 'Partner_Minimum_Score__c',
      blackouts: 'Partner_Blackouts__c',
      email: 'Partner_Email__c',
      managerEmail: 'Partner_Manager_Email__c',
    },
  },
  hubspot: {
    product: 'product_interest',
    salesforceLeadId: 'salesforceleadid',
    salesforceContactId: 'salesforcecontactid',
    offerId: 'sluice_offer_id',
    response: 'sluice_response',
    leadKey: 'sluice_lead',
    partner: 'sluice_partner',
  },
};
