/** Words of business life: brands, industries, job titles, products, reasons. */

const list = (text: string) => text.trim().split(/\s*,\s*/);

/** Beginnings and endings of invented brands: every pair reads as one word. */
export const brandBeginnings = list(
  'Vel, Nor, Alt, Bren, Cal, Dor, Elv, Fal, Gar, Hal, Iso, Jur, Kel, Lum, Mar, Nex, Ori, Pal, Quan, Ras, Sol, Tal, Umb, Ver, Wes, Xan, Yar, Zen, Aer, Bel, Cor, Del, Eos, Fen, Gly, Hyd, Ist, Kor, Lyn, Mon, Nau, Omn, Pro, Ros, Sta, Ter, Ult, Val, Win, Zel',
);
export const brandEndings = list(
  'ora, vik, ium, ex, ano, eta, ix, onda, well, mark, stead, field, ton, aris, ero, una, alis, inova, gate, port, tra, veris, axis, line, motion, forma, stone, bridge, path, crest, wave, tec, dyne, plex, vance, sphere, nova, medis',
);

/** Salesforce's standard industries, with the share of companies in each. */
export const industries: readonly (readonly [string, number])[] = [
  ['Manufacturing', 16],
  ['Technology', 14],
  ['Retail', 9],
  ['Healthcare', 8],
  ['Transportation', 7],
  ['Construction', 6],
  ['Banking', 5],
  ['Insurance', 4],
  ['Consulting', 5],
  ['Education', 4],
  ['Energy', 4],
  ['Telecommunications', 4],
  ['Food & Beverage', 4],
  ['Media', 3],
  ['Chemicals', 3],
  ['Electronics', 3],
  ['Engineering', 3],
  ['Government', 2],
  ['Utilities', 2],
  ['Biotechnology', 2],
  ['Hospitality', 2],
  ['Not For Profit', 1],
];

/** Job titles with their seniority from 0 (student) to 1 (owner of the budget), and how common they are. */
export const titles: readonly (readonly [{ readonly title: string; readonly seniority: number }, number])[] = [
  [{ title: 'Chief Information Officer', seniority: 1 }, 4],
  [{ title: 'CTO', seniority: 0.95 }, 4],
  [{ title: 'Managing Director', seniority: 1 }, 4],
  [{ title: 'VP Operations', seniority: 0.9 }, 5],
  [{ title: 'VP Sales', seniority: 0.85 }, 4],
  [{ title: 'Head of IT', seniority: 0.8 }, 9],
  [{ title: 'Director of Procurement', seniority: 0.8 }, 5],
  [{ title: 'IT Manager', seniority: 0.6 }, 14],
  [{ title: 'Operations Manager', seniority: 0.55 }, 10],
  [{ title: 'Project Manager', seniority: 0.4 }, 10],
  [{ title: 'Systems Administrator', seniority: 0.35 }, 9],
  [{ title: 'Business Analyst', seniority: 0.3 }, 8],
  [{ title: 'Software Engineer', seniority: 0.25 }, 7],
  [{ title: 'Marketing Specialist', seniority: 0.15 }, 4],
  [{ title: 'Student', seniority: 0 }, 3],
];

export const products = ['Fabric', 'Vault', 'Beacon', 'Relay'] as const;
export type Product = (typeof products)[number];

export const leadSources = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'] as const;

/** Why a partner rejects, with how often it says so. */
export const rejectReasons: readonly (readonly [string, number])[] = [
  ['No budget', 30],
  ['Wrong contact', 18],
  ['No response', 20],
  ['Competitor', 12],
  ['No capacity', 12],
  ['Not in our territory', 4],
];

export const freeMailDomains = ['gmail.com', 'outlook.com', 'yahoo.com', 'gmx.net', 'proton.me'] as const;

export const partnerWords = list(
  'Solutions, Consulting, Systems, IT Services, Digital, Networks, Integration, Technologies, Cloud, Advisory',
);

/** HubSpot's name of an industry of Salesforce's. */
export const hubspotIndustries: Record<string, string> = {
  Manufacturing: 'MACHINERY',
  Technology: 'COMPUTER_SOFTWARE',
  Retail: 'RETAIL',
  Healthcare: 'HOSPITAL_HEALTH_CARE',
  Transportation: 'LOGISTICS_AND_SUPPLY_CHAIN',
  Construction: 'CONSTRUCTION',
  Banking: 'BANKING',
  Insurance: 'INSURANCE',
  Consulting: 'MANAGEMENT_CONSULTING',
  Education: 'EDUCATION_MANAGEMENT',
  Energy: 'OIL_ENERGY',
  Telecommunications: 'TELECOMMUNICATIONS',
  'Food & Beverage': 'FOOD_BEVERAGES',
  Media: 'ONLINE_MEDIA',
  Chemicals: 'CHEMICALS',
  Electronics: 'CONSUMER_ELECTRONICS',
  Engineering: 'MECHANICAL_OR_INDUSTRIAL_ENGINEERING',
  Government: 'GOVERNMENT_ADMINISTRATION',
  Utilities: 'UTILITIES',
  Biotechnology: 'BIOTECHNOLOGY',
  Hospitality: 'HOSPITALITY',
  'Not For Profit': 'NON_PROFIT_ORGANIZATION_MANAGEMENT',
};
