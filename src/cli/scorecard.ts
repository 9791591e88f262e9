import { loadScorecards } from '../insight/service/scorecards.ts';
import { answer, EXIT, UserError } from './context.ts';
import { partnerNamed } from './partner-named.ts';
import { periodOf } from './period-option.ts';
import { cardText, listText } from './scorecard-text.ts';
import type { AppCommand } from './with-app.ts';

/** `scorecard` ranks all partners, `scorecard PARTNER` shows all figures of one beside its peers. */
export const scorecard: AppCommand = async (app, io, options, [name]) => {
  const { scorecard: rules } = app.rules;
  if (rules === undefined) throw new UserError('there is no scorecard.yaml, by which partners are measured');
  // A sandbox has a clock of its own.
  const { clock } = await app.environment();
  const now = clock.now();
  const period = periodOf(options, rules.overDays, now);
  const { currency } = app.config.vendor;
  const all = await loadScorecards(app.store.db, rules, { period, currency, now });
  if (name === undefined) {
    answer(io, options, all, () => listText(all));
  } else {
    const { cards, ...about } = all;
    const named = cards.map((card) => ({ id: card.partner.id, facts: card.partner, card }));
    const { card } = partnerNamed(named, name, 'scorecard NAME');
    answer(io, options, { ...about, card }, () => cardText(all, card, app.rules.funds?.margin ?? null));
  }
  return EXIT.done;
};
