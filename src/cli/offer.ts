import type { App } from '../app/app.ts';
import { loadPartners } from '../leads/service/facts.ts';
import { type ClockMove, ClockRefused, type OfferView } from '../leads/service/offer-clock.ts';
import { clockLines } from '../leads/service/offer-text.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { answer, EXIT, type ExitCode, type Io, UserError } from './context.ts';
import { partnerNamed } from './partner-named.ts';
import type { AppCommand } from './with-app.ts';

const ACTIONS = ['show', 'extend', 'pause', 'resume', 'claim'];

/**
 * `offer show OFFER` tells its deadlines; `extend`, `pause` and `resume` move its clock, and the next sync acts on that.
 * `offer claim LEAD` gives a lead of the pool to the partner that claims it: it is an offer from then on.
 */
export const offer: AppCommand = async (app, io, options, [action = '', id = '']) => {
  if (!ACTIONS.includes(action))
    throw wrongUse(`there is no "offer ${action}"`, suggestion(action, ACTIONS) ?? `There are ${ACTIONS.join(', ')}.`);
  if (action === 'claim') return claim(app, io, options, id);
  const view = action === 'show' ? await app.offer(id) : await moved(() => app.moveClock(id, moveOf(action, options)));
  if (view === null)
    throw new UserError(`there is no offer "${id}"`, { hint: 'Offers are named like of_4xk2m9qa7b1c3d5e.' });
  answer(io, options, view, () => offerText(view));
  return EXIT.done;
};

const claim = async (app: App, io: Io, options: Parameters<AppCommand>[2], leadId: string): Promise<ExitCode> => {
  const { partner } = options;
  const wanted = typeof partner === 'string' ? partner : undefined;
  const { id, facts } = partnerNamed(await loadPartners(app.store.db, null), wanted, '--partner NAME');
  const claimed = await app.claim(leadId, id);
  if (claimed.kind === 'refused')
    throw new UserError(`${facts.name} cannot have lead "${leadId}": ${claimed.why}`, {
      hint: '`sluice pool list --partner NAME` shows what a partner may claim.',
    });
  const view = await app.offer(claimed.offer.id);
  if (view === null) throw new Error(`offer ${claimed.offer.id} is gone`);
  const verb = claimed.again ? 'has' : 'now has';
  answer(io, options, { again: claimed.again, offer: view }, () =>
    [`${facts.name} ${verb} lead ${leadId}. The CRMs hear of it with the next sync.`, offerText(view)].join('\n'),
  );
  return EXIT.done;
};

function moveOf(action: string, { deadline, reason }: Readonly<Record<string, unknown>>): ClockMove {
  if (action === 'extend') {
    if (typeof deadline !== 'string') throw wrongUse('which deadline?', '--deadline first-touch');
    return { kind: 'extend', deadline };
  }
  if (typeof reason !== 'string')
    throw wrongUse('for which reason?', '--reason vendor-owes-answer, as sla.yaml lists them');
  return { kind: action === 'pause' ? 'pause' : 'resume', reason };
}

async function moved(move: () => Promise<OfferView>): Promise<OfferView> {
  try {
    return await move();
  } catch (error) {
    if (!(error instanceof ClockRefused)) throw error;
    throw new UserError(error.message, error.hint === undefined ? {} : { hint: error.hint });
  }
}

function offerText(view: OfferView): string {
  const [under = 'no policy', ...clock] = clockLines(view);
  return [
    `${view.id}  ${view.status}  round ${view.round}, ${view.partner.name}, lead ${view.leadId}`,
    `  offered ${view.offeredAt}, to be answered by ${view.acceptBy}; ${under}`,
    ...clock.map((line) => `  ${line}`),
  ]
    .join('\n')
    .replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, ' ');
}

function wrongUse(message: string, hint: string): UserError {
  return new UserError(message, { hint, exit: EXIT.usage });
}
