import { counted } from '../leads/text.ts';
import { mattersText } from '../sync/open-matters.ts';
import { CAUSES, type Cause, type Difference, type Verification } from '../sync/verify.ts';
import { asUserError } from './app-errors.ts';
import { answer, EXIT } from './context.ts';
import { progressOf } from './progress.ts';
import type { AppCommand } from './with-app.ts';

const SHOWN = 50;

export const verify: AppCommand = async (app, io, options) => {
  const progress = progressOf(io, options.json === true);
  progress.phase('reading both CRMs');
  try {
    const found = await app.verify({
      show: options.all === true ? Number.POSITIVE_INFINITY : SHOWN,
      ...(typeof options.object === 'string' ? { only: options.object } : {}),
      onPage: (connection, object, rows) => progress.add(rows, `${connection} ${object}`),
    });
    progress.end();
    answer(io, options, found, () => verificationText(found));
    return found.unexplained > 0 ? EXIT.failed : found.agree ? EXIT.done : EXIT.rejected;
  } catch (error) {
    progress.end();
    throw asUserError(error, app.clock.now());
  }
};

export function verificationText(found: Verification): string {
  const records = found.objects.reduce((sum, each) => sum + each.records, 0);
  const read = `${counted(records, 'record was', 'records were')} read`;
  const differences = found.unexplained + found.explained;
  const lines = [
    found.agree
      ? `Both sides agree: ${read} and ${records === 1 ? 'holds' : 'hold'} what Sluice believes and wants.`
      : `${read}; ${differences === 0 ? 'no difference' : `${counted(differences, 'difference', 'differences')}, ${found.unexplained} of them without an explanation`}.`,
  ];
  if (found.open.length > 0) lines.push(`Left open: ${mattersText(found.open)}.`);
  for (const each of found.objects) {
    const causes = Object.entries(each.causes) as [Cause, number][];
    lines.push(`  ${each.connection} ${each.object}: ${counted(each.records, 'record', 'records')}`);
    for (const [cause, count] of causes) lines.push(`    ${count} ${cause}: ${CAUSES[cause].words}`);
  }
  for (const difference of found.differences) lines.push(differenceText(difference));
  const rest = differences - found.differences.length;
  if (rest > 0) lines.push(`... and ${rest} more; --all shows them.`);
  if (found.unexplained > 0) {
    lines.push(
      'A difference without an explanation should not be: `sluice sync --full` reads everything anew. Report what is not missed or unknown.',
    );
  }
  return lines.join('\n');
}

function differenceText({ connection, object, record, field, cause, crm, model }: Difference): string {
  const where = `${connection} ${object} ${record}`;
  if (field === null) return `${where}: ${cause}`;
  const shown = (value: unknown) => (value === undefined ? 'nothing known' : JSON.stringify(value));
  return `${where} ${field}: ${cause}; the CRM holds ${shown(crm)}, Sluice ${shown(model)}`;
}
