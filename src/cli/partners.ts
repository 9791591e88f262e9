import { type ReviewedPartner, reviewPartners } from '../leads/service/partner-standings.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { answer, EXIT, UserError } from './context.ts';
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
    const one = named(all, name);
    answer(io, options, one, () => partnerText(one, programmes));
  } else if (what === 'tiers') {
    const proposed = all.filter(({ proposals, remarks }) => proposals.length + remarks.length > 0);
    answer(io, options, { proposed }, () => tiersText(proposed));
  } else {
    answer(io, options, { partners: all }, () => listText(all));
  }
  return EXIT.done;
};

/** The one partner of this id or name, whatever its case; or the only one whose name begins so. */
function named(all: readonly ReviewedPartner[], name: string | undefined): ReviewedPartner {
  if (name === undefined) throw new UserError('which partner?', { hint: 'partners show NAME', exit: EXIT.usage });
  const sought = name.toLowerCase();
  const exact = all.filter(({ id, facts }) => id === name || facts.name.toLowerCase() === sought);
  const found = exact.length > 0 ? exact : all.filter(({ facts }) => facts.name.toLowerCase().startsWith(sought));
  const [one] = found;
  if (one === undefined)
    throw new UserError(`there is no partner "${name}"`, {
      hint:
        suggestion(
          name,
          all.map(({ facts }) => facts.name),
        ) ?? '`sluice partners` lists them.',
    });
  if (found.length > 1)
    throw new UserError(`several partners are called "${name}"`, {
      hint: `Say which by its id: ${found.map(({ id, facts }) => `${id} (${facts.name})`).join(', ')}.`,
    });
  return one;
}
