import type { LeadExplanation } from './explain.ts';
import { clockLines } from './offer-text.ts';
import { personName } from './person-name.ts';
import type { ExplainedDecision } from './replay.ts';
import { noticeFate, noticeWords } from './told.ts';

/** An explanation as text for a terminal, the answer first, then how it came about. */
export function explanationText(explanation: LeadExplanation): string {
  const { lead, person, offers, feedback, history, links } = explanation;
  const who = [personName(person), person.companyName, person.country].filter((part) => part !== null).join(', ');
  const until = lead.acceptBy === null ? '' : `, to accept by ${lead.acceptBy}`;
  const lines = [
    `Lead ${lead.id}: ${who}`,
    `  ${lead.state}: ${lead.reason}`,
    ...(lead.partner ? [`  Partner: ${lead.partner.name} (${lead.partner.recordId ?? lead.partner.id})${until}`] : []),
    `  Score: ${lead.score === null ? 'none yet' : `${lead.score}, grade ${lead.grade}`}`,
    ...explanation.scoreReasons.map(({ points, text }) => `    ${points > 0 ? '+' : ''}${points}  ${text}`),
    ...section('Records', links, (link) => {
      const gone = link.retired ? ', gone from the CRM' : '';
      return `${link.connection} ${link.object} ${link.recordId} (${link.role}${gone})  ${link.linkId}`;
    }),
    ...(offers.length === 0 ? [] : ['Offers']),
    ...offers.flatMap((offer) => {
      const closed = offer.closedAt === null ? `until ${offer.acceptBy}` : `on ${offer.closedAt}`;
      const why = offer.responseReason === null ? '' : `: ${offer.responseReason}`;
      return [
        `  ${offer.round}. ${offer.partner.name}, offered ${offer.offeredAt}, ${offer.status} ${closed}${why}  ${offer.id}`,
        ...clockLines(offer).map((line) => `       ${line}`),
      ];
    }),
    ...section('Answers', feedback, (answer) => {
      const counts = answer.kind === 'answered' ? '' : ` (${answer.kind}, does not count)`;
      const why = answer.reason === null ? '' : `: ${answer.reason}`;
      return `${answer.at} ${answer.partner.name} through ${answer.via}: ${answer.response}${why}${counts}`;
    }),
    ...section('Statements', explanation.statements, (statement) => {
      const came = statement.effect ?? (statement.kind === 'waiting' ? 'acts with the next run' : statement.kind);
      return `${statement.at} ${statement.partner.name} through ${statement.via}: ${statement.said.join('; ')}  (${came})`;
    }),
    ...section('Told', explanation.notices, (notice) => {
      const whom = notice.audience === 'partner' ? notice.partner.name : 'the channel manager';
      return `${notice.at} ${noticeWords(notice)}, to ${whom} by ${notice.channel}: ${noticeFate(notice)}`;
    }),
    ...section('History', history, ({ at, from, to, why }) => {
      return `${at} ${from === null ? '' : `${from} -> `}${to}: ${why}`;
    }),
    ...explanation.decisions.flatMap((decision, index) => decisionLines(decision, index + 1)),
  ];
  if (explanation.decisions.length === 0) lines.push('', 'Nothing has been decided on this lead yet.');
  return lines.map(harmless).join('\n');
}

function section<T>(title: string, items: readonly T[], line: (item: T) => string): string[] {
  return items.length === 0 ? [] : [title, ...items.map((item) => `  ${line(item)}`)];
}

function decisionLines(decision: ExplainedDecision, number: number): string[] {
  const verdict = decision.verified ? 'replayed with the same result' : `NOT VERIFIED: ${decision.problem}`;
  return [
    '',
    `Decision ${number} (${decision.id}) of ${decision.at}, ${verdict}`,
    ...decision.lines.map((line) => (line === '' ? '' : `  ${line}`)),
  ];
}

/** Control characters, with which a name in a CRM could steer the terminal, become spaces. */
function harmless(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}
