import { findRivals } from '../insight/rivals.ts';
import { findSegments } from '../insight/segments.ts';
import { insightPartners, rivalCells, segmentCells, territoryCells } from '../insight/service/markets.ts';
import { judgeTerritories } from '../insight/territories.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { answer, EXIT, UserError } from './context.ts';
import { insightForecast } from './insight-forecast.ts';
import { rivalsText, segmentsText, territoriesText } from './insight-text.ts';
import { periodOf } from './period-option.ts';
import type { AppCommand } from './with-app.ts';

const FINDINGS = ['segments', 'rivals', 'territories', 'forecast'] as const;

/** `insight segments`, `rivals`, `territories`: what the leads of a period say of markets and partners; `insight forecast`: what will be won. */
export const insight: AppCommand = async (app, io, options, [what = '']) => {
  if (what === 'forecast') return insightForecast(app, io, options, []);
  const { scorecard: rules } = app.rules;
  if (rules === undefined) throw new UserError('there is no scorecard.yaml, which says what counts as found');
  const { clock } = await app.environment();
  const period = periodOf(options, rules.overDays, clock.now());
  const { db } = app.store;
  const about = { ...rules.findings, confidence: rules.confidence };
  const partners = await insightPartners(db);
  const nameOf = (id: string) => partners.find((partner) => partner.id === id)?.name ?? `partner ${id}`;
  if (what === 'segments') {
    const found = findSegments(await segmentCells(db, period), about);
    answer(io, options, { period, ...found }, () => segmentsText(period, found, about));
  } else if (what === 'rivals') {
    const found = findRivals(await rivalCells(db, period), about);
    const named = found.found.map((each) => ({
      ...each,
      winnerName: nameOf(each.winner),
      loserName: nameOf(each.loser),
    }));
    answer(io, options, { period, ...found, found: named }, () => rivalsText(period, found, nameOf, about));
  } else if (what === 'territories') {
    const { cells, outcomes } = await territoryCells(db, period);
    const active = partners.filter(({ active: isActive }) => isActive);
    const found = judgeTerritories(cells, outcomes, active, about);
    answer(io, options, { period, territories: found }, () => territoriesText(period, found, about));
  } else {
    throw new UserError(`there is no "insight ${what}"`, {
      hint: suggestion(what, FINDINGS) ?? `There are ${FINDINGS.join(', ')}.`,
      exit: EXIT.usage,
    });
  }
  return EXIT.done;
};
