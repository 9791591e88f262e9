import type { PartnerState } from '../../model/partner.ts';
import type { Candidacy } from '../candidacy.ts';
import type { DropReason } from '../drop-reason.ts';

/** One thing asked of a partner before it can be offered a lead. */
export interface Check {
  readonly reason: DropReason;
  drops(partner: PartnerState, lead: Candidacy): boolean;
  /** In words, for a partner that it drops. */
  why(partner: PartnerState, lead: Candidacy): string;
}
