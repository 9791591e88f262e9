import { compileRouting } from '../leads/routing.ts';
import { explainLead } from '../leads/service/explain.ts';
import { explanationText } from '../leads/service/explanation-text.ts';
import { findLead } from '../leads/service/find-lead.ts';
import { answer, EXIT, UserError } from './context.ts';
import type { AppCommand } from './with-app.ts';

export const explain: AppCommand = async (app, io, options, [wanted = '']) => {
  const found = await findLead(app.store.db, wanted);
  if (found.kind === 'none') throw new UserError(found.message, { hint: found.hint });
  if (found.kind === 'several') {
    const list = found.leads.map(
      (lead) => `  ${lead.id}  ${lead.name}${lead.company ? `, ${lead.company}` : ''}  ${lead.state}`,
    );
    throw new UserError([found.message, ...list].join('\n'), { hint: 'Ask for one of them by its id.' });
  }
  const explanation = await explainLead(app.store.db, found.leadId, (body, file) => compileRouting(file, body));
  answer(io, options, explanation, () => explanationText(explanation));
  return EXIT.done;
};
