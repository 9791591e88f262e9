import { loadPartners } from '../leads/service/facts.ts';
import type { PoolLead, PoolLeadOfAll } from '../leads/service/pool.ts';
import { counted } from '../leads/text.ts';
import { answer, EXIT, UserError } from './context.ts';
import { partnerNamed } from './partner-named.ts';
import type { AppCommand } from './with-app.ts';

/** How many leads are shown unless said otherwise. */
const SHOWN = 100;
/** Of those who may claim a lead, so many are named. */
const NAMED = 3;

/** `pool list` shows the leads that lie in the pool and who may claim them; with `--partner` what that partner is shown of it. */
export const pool: AppCommand = async (app, io, options, [action = 'list']) => {
  if (action !== 'list') throw new UserError(`there is no "pool ${action}"`, { hint: 'pool list', exit: EXIT.usage });
  const limit = typeof options.limit === 'number' ? options.limit : SHOWN;
  if (typeof options.partner !== 'string') {
    const leads = await app.pool(limit);
    answer(io, options, { leads }, () => poolText(leads, limit));
    return EXIT.done;
  }
  const partner = partnerNamed(await loadPartners(app.store.db, null), options.partner, '--partner NAME');
  const leads = (await app.poolFor(partner.id, limit)) ?? [];
  const shown = { partner: { id: partner.id, name: partner.facts.name }, leads };
  answer(io, options, shown, () => partnersPoolText(partner.facts.name, leads, limit));
  return EXIT.done;
};

function poolText(leads: readonly PoolLeadOfAll[], limit: number): string {
  if (leads.length === 0) return 'The pool is empty.';
  const lines = leads.flatMap((lead) => {
    const names = lead.claimants.slice(0, NAMED).map(({ name }) => name);
    const more = lead.claimants.length - names.length;
    const who =
      names.length === 0 ? 'nobody may claim it' : `for ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    return [leadLine(lead), `    ${lead.reason}; ${who}`];
  });
  return harmless([...lines, ...cut(leads, limit), 'To claim one: sluice offer claim LEAD --partner NAME']);
}

function partnersPoolText(name: string, leads: readonly PoolLead[], limit: number): string {
  if (leads.length === 0) return harmless([`There is nothing in the pool that ${name} may claim.`]);
  const title = `${name} may claim ${counted(leads.length, 'lead', 'leads')}:`;
  return harmless([title, ...leads.map(leadLine), ...cut(leads, limit)]);
}

function leadLine({ id, grade, facts, until }: PoolLead): string {
  const { country, region, industry, employees, product, language } = facts;
  const known = [
    ...[country, region, industry].filter((fact) => fact !== null),
    ...(employees === null ? [] : [counted(employees, 'employee', 'employees')]),
    ...[product, language].filter((fact) => fact !== null),
  ];
  return `  ${id}  ${grade}  ${known.join(', ') || 'nothing else is known'}${until === null ? '' : `, until ${until}`}`;
}

function cut(leads: readonly unknown[], limit: number): string[] {
  return leads.length < limit ? [] : [`  There may be more: --limit shows more than ${limit}.`];
}

/** Control characters, with which a name in a CRM could steer the terminal, become spaces. */
function harmless(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, ' ')).join('\n');
}
