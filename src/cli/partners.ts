import { reviewPartners } from '../leads/service/partner-standings.ts';
import { answer, EXIT, UserError } from './context.ts';
import { partnerNamed } from './partner-named.ts';
import { listText, partnerText, tiersText } from './partners-text.ts';
import type { AppCommand } from './with-app.ts';

/** `partners list` shows all, `partners show NAME` one, `partners tiers` what the rules of programmes.yaml propose. */
export const partners: AppCommand = async (app, io, options, [what = 'list', name]) => {
  if (what !== 'list' && what !== 'show' && what !== 'tiers')
    throw new UserError(`there is no "partners ${what}"`, {
      hint: 'partners list, partners show NAME, or partners tiers',
      exit: EXIT.usage,
    });
  const { programmes } = app.rules;
  if (programmes === undefined) throw new Error('the rules were compiled without programmes.yaml');
  // A sandbox has a clock of its own, and certifications end by it.
  const { clock } = await app.environment();
  const all = await reviewPartners(app.store.db, programmes, app.config.vendor.currency, clock.now());
  if (what === 'show') {
    const one = partnerNamed(all, name, 'partners show NAME');
    answer(io, options, one, () => partnerText(one, programmes));
  } else if (what === 'tiers') {
    const proposed = all.filter(({ proposals, remarks }) => proposals.length + remarks.length > 0);
    answer(io, options, { proposed }, () => tiersText(proposed));
  } else {
    answer(io, options, { partners: all }, () => listText(all));
  }
  return EXIT.done;
};
