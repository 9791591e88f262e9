/** Whom a change of a registration is told to, and in which words. Pure. */
import { idOf } from '../model/ids.ts';
import { decimalOf } from '../model/money.ts';
import type { Registration } from '../model/registration.ts';
import type { Happened } from './registration.ts';
import { type DealRules, nextStep } from './rules.ts';

export interface DealLetter {
  readonly id: string;
  readonly kind: string;
  readonly to: 'partner' | 'manager' | { readonly address: string };
  readonly partnerId: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

/** @param seq the place of what happened in the history of the registration: with it each is told once */
export function lettersOf(
  registration: Registration,
  { kind, by, detail }: Happened,
  seq: number,
  partner: string,
  rules: DealRules,
): DealLetter[] {
  const { id, partnerId, account, reason, protectedUntil, decideBy, state, conflicts } = registration;
  if (partnerId === '') return [];
  const deal = account.name ?? account.domain ?? 'a company';
  const about = [
    { name: 'Registration', value: id },
    { name: 'Company', value: deal },
    ...(registration.product === null ? [] : [{ name: 'Product', value: registration.product }]),
    ...(registration.amount === null
      ? []
      : [{ name: 'Amount', value: `${decimalOf(registration.amount)} ${registration.amount.currency}` }]),
  ];
  const letter = (to: DealLetter['to'], title: string, lines: readonly string[], facts = about): DealLetter => ({
    id: idOf('no', id, String(seq), kind, typeof to === 'string' ? to : to.address),
    kind: `registration.${kind}`,
    ...{ to, partnerId, title, lines, facts },
  });
  const approver = approverOf(registration, rules, kind === 'escalated');
  const due = decideBy === null ? [] : [`Please decide by ${decideBy}.`];
  const against = conflicts
    .filter(({ weight }) => weight !== 'note')
    .slice(0, 5)
    .map(({ kind: what, id: which, holder, state: its, probability }) => ({
      name: `Against it (${what})`,
      value: `${holder.name}, ${which}, ${its}, ${Math.round(probability * 100)} % the same company`,
    }));
  const forApprover = [{ name: 'Partner', value: partner }, ...about, ...against];
  const ofPartner = (title: string, ...lines: string[]) => [letter('partner', title, lines)];
  switch (kind) {
    case 'registered':
    case 'corrected':
      return state === 'Pending' ? [letter(approver, `${partner} registers a deal: ${deal}`, due, forApprover)] : [];
    case 'agreed':
      return [letter(approver, `${partner}'s deal waits for you: ${deal}`, [`${reason}.`, ...due], forApprover)];
    case 'reminded':
      return [letter(approver, `Reminder: ${partner}'s deal waits for a decision: ${deal}`, due, forApprover)];
    case 'escalated':
      return [
        letter(approver, `Nobody decided in time: ${partner}, ${deal}`, [`It was due by ${decideBy}.`], forApprover),
      ];
    case 'held':
      return ofPartner(`Your registration lacks something: ${deal}`, `${reason}.`);
    case 'approved':
      return ofPartner(`Your deal is registered: ${deal}`, `It is protected until ${protectedUntil}.`);
    case 'rejected':
      return ofPartner(`Your registration was rejected: ${deal}`, `The reason: ${reason}.`);
    case 'withdrawn':
      return by === partnerId ? [] : ofPartner(`Your registration was withdrawn: ${deal}`, `The reason: ${reason}.`);
    case 'extended':
      return ofPartner(`Your registration was extended: ${deal}`, `It is protected until ${protectedUntil}.`);
    case 'expiring':
      return ofPartner(
        `Your registration ends soon: ${deal}`,
        `It is protected until ${protectedUntil}.`,
        ...askFor(rules, registration),
      );
    case 'expired':
      return [
        ...ofPartner(`Your registration has ended: ${deal}`, `The reason: ${reason}.`),
        letter('manager', `The registration of ${partner} has ended: ${deal}`, [`The reason: ${reason}.`], forApprover),
      ];
    case 'won':
      return ofPartner(`Your registered deal was won: ${deal}`, `It counts as yours: ${detail.share ?? 'all of it'}.`);
    default:
      return [];
  }
}

/** Whose turn it is: the address of the step, or the channel manager. Escalated, it is the step after that. */
function approverOf(registration: Registration, { chain }: DealRules, isEscalated: boolean): DealLetter['to'] {
  const due = chain.findIndex(({ name }) => name === nextStep(registration));
  const step = chain[isEscalated ? Math.min(due + 1, chain.length - 1) : due];
  return step?.email ? { address: step.email } : 'manager';
}

function askFor({ extension }: DealRules, { extensions }: Registration): string[] {
  return extension !== null && extensions < extension.times ? ['If you need more time, ask for it before then.'] : [];
}
