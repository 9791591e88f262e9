import type { Opportunity } from '../../model/revenue.ts';
import type { OpportunityFacts } from './apply.ts';

/** A deal, and the row that it is read from. */
export interface DealRow {
  readonly id: string;
  readonly connection: string;
  readonly record_id: string;
  readonly facts: OpportunityFacts;
  readonly deal: Opportunity;
  /** The deal of another CRM that counts in its place. */
  readonly twin?: { readonly twinOf: string; readonly reason: string } | undefined;
}
