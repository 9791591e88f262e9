/**
 * A lead that was handed back to marketing, until it comes again. It is the same lead: its offers, answers and history stay, and
 * the offer that follows is its next round. Pure.
 */
import { STAGES, type Stage } from '../../model/person.ts';

/** One stay with marketing. */
export interface Nurture {
  readonly offerId: string;
  readonly leadId: string;
  readonly partnerId: string;
  /** In words. */
  readonly why: string;
  /** ISO instants: since when; when its person was first seen below the stage of a lead; when it came back. */
  readonly since: string;
  readonly restedAt: string | null;
  readonly returnedAt: string | null;
}

export type NurtureStep = 'stays' | 'rests' | 'returns';

/**
 * What the stage of the person says of a lead that is with marketing. It comes back when marketing releases it anew, and that can
 * only be told of one that was seen unreleased: the stage that it was handed back with is no release.
 * @param released the stages at which a person is a lead (intake.yaml)
 */
export function nurtureStep(nurture: Nurture, stage: Stage | null, released: ReadonlySet<Stage>): NurtureStep {
  if (stage !== null && released.has(stage)) return nurture.restedAt === null ? 'stays' : 'returns';
  return nurture.restedAt === null && isBelow(stage, released) ? 'rests' : 'stays';
}

/** A customer is not released either, and has not rested. */
function isBelow(stage: Stage | null, released: ReadonlySet<Stage>): boolean {
  if (stage === null || stage === 'other') return stage === null;
  const first = Math.min(...[...released].map((each) => STAGES.indexOf(each)));
  return STAGES.indexOf(stage) < first;
}
