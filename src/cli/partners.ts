import { loadFairness } from '../leads/service/fairness.ts';
import { reviewPartners } from '../leads/service/partner-standings.ts';
import { answer, EXIT, UserError } from './context.ts';
import { fairnessText, partnersShareText } from './fairness-text.ts';
import { partnerNamed } from './partner-named.ts';
import { listText, partnerText, tiersText } from './partners-text.ts';
import type { AppCommand } from './with-app.ts';

/**
 * `partners list` shows all, `partners show NAME` one, `partners tiers` what the rules of programmes.yaml propose, `partners
 * fairness` who is given the best leads.
 */
export const partners: AppCommand = async (app, io, options, [what = 'list', name]) => {
  if (what !== 'list' && what !== 'show' && what !== 'tiers' && what !== 'fairness')
    throw new UserError(`there is no "partners ${what}"`, {
      hint: 'partners list, partners show NAME, partners tiers, or partners fairness',
      exit: EXIT.usage,
    });
  const { programmes } = app.rules;
  if (programmes === undefined) throw new Error('the rules were compiled without programmes.yaml');
  // A sandbox has a clock of its own, and certifications end by it.
  const { clock } = await app.environment();
  if (what === 'fairness') {
    const fairness = await loadFairness(app.store.db, app.rules.routing, clock.now());
    answer(io, options, fairness, () => fairnessText(fairness));
    return EXIT.done;
  }
  const all = await reviewPartners(app.store.db, programmes, app.config.vendor.currency, clock.now());
  if (what === 'show') {
    const one = partnerNamed(all, name, 'partners show NAME');
    const fairness = await loadFairness(app.store.db, app.rules.routing, clock.now());
    const share = fairness.tiers.flatMap(({ partners: some }) => some).find(({ partnerId }) => partnerId === one.id);
    const best = share ? { grades: fairness.grades, windowDays: fairness.windowDays, ...share } : null;
    answer(io, options, { ...one, best }, () =>
      [partnerText(one, programmes), ...(best ? [`  ${partnersShareText(best)}`] : [])].join('\n'),
    );
  } else if (what === 'tiers') {
    const proposed = all.filter(({ proposals, remarks }) => proposals.length + remarks.length > 0);
    answer(io, options, { proposed }, () => tiersText(proposed));
  } else {
    answer(io, options, { partners: all }, () => listText(all));
  }
  return EXIT.done;
};
