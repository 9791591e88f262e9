/**
 * Every path of HubSpot's API that Sluice calls, in one place: the v1-v4 paths end in 2027 (v4 in March, the others in
 * September) and the dated ones (/crm/objects/2026-09/..., /oauth/2026-09/token) take over; moving is an edit here.
 */
const segment = encodeURIComponent;

export const paths = {
  token: '/oauth/v1/token',
  account: '/account-info/v3/details',
  schemas: '/crm/v3/schemas',
  list: (object: string) => `/crm/v3/objects/${segment(object)}`,
  object: (object: string, id: string) => `/crm/v3/objects/${segment(object)}/${segment(id)}`,
  search: (object: string) => `/crm/v3/objects/${segment(object)}/search`,
  batch: (object: string, action: 'read' | 'update' | 'upsert') => `/crm/v3/objects/${segment(object)}/batch/${action}`,
  properties: (object: string) => `/crm/v3/properties/${segment(object)}`,
  createProperties: (object: string) => `/crm/v3/properties/${segment(object)}/batch/create`,
  groups: (object: string) => `/crm/v3/properties/${segment(object)}/groups`,
  associations: (from: string, to: string) => `/crm/v4/associations/${segment(from)}/${segment(to)}/batch/read`,
  campaigns: '/marketing/v3/campaigns',
  exchangeRates: '/settings/v3/currencies/exchange-rates',
  readCampaigns: '/marketing/v3/campaigns/batch/read',
} as const;
