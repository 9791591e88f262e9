/** The stages and lead statuses that a new org has: they are both picklist entries and rows of setup tables. */
export interface Stage {
  readonly label: string;
  readonly probability: number;
  readonly closed: boolean;
  readonly won: boolean;
  readonly category: string;
  readonly categoryName: string;
}

const open = (label: string, probability: number, category = 'Pipeline', categoryName = category): Stage => ({
  label,
  probability,
  closed: false,
  won: false,
  category,
  categoryName,
});

export const STAGES: readonly Stage[] = [
  open('Prospecting', 10),
  open('Qualification', 10),
  open('Needs Analysis', 20),
  open('Value Proposition', 50),
  open('Id. Decision Makers', 60),
  open('Perception Analysis', 70, 'BestCase', 'Best Case'),
  open('Proposal/Price Quote', 75, 'BestCase', 'Best Case'),
  open('Negotiation/Review', 90, 'Forecast', 'Commit'),
  { label: 'Closed Won', probability: 100, closed: true, won: true, category: 'Closed', categoryName: 'Closed' },
  { label: 'Closed Lost', probability: 0, closed: true, won: false, category: 'Omitted', categoryName: 'Omitted' },
];

export interface LeadStatus {
  readonly label: string;
  readonly converted: boolean;
  readonly isDefault: boolean;
}

export const LEAD_STATUSES: readonly LeadStatus[] = [
  { label: 'Open - Not Contacted', converted: false, isDefault: true },
  { label: 'Working - Contacted', converted: false, isDefault: false },
  { label: 'Closed - Converted', converted: true, isDefault: false },
  { label: 'Closed - Not Converted', converted: false, isDefault: false },
];
