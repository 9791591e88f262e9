/** What `sluice partners` says, as text. */
import type { Programmes } from '../leads/partners/compile-programmes.ts';
import type { Evidence, Proposal } from '../leads/partners/review-partner.ts';
import type { CertificationState } from '../leads/partners/standing.ts';
import type { ReviewedPartner } from '../leads/service/partner-standings.ts';
import { counted } from '../leads/text.ts';
import { decimalOf } from '../model/money.ts';

/** A line for each partner; what asks for attention stands below. */
export function listText(all: readonly ReviewedPartner[]): string {
  if (all.length === 0) return 'No partner is known. They come from the CRM: `sluice sync` reads them.';
  const rows = all.map(({ id, facts, load, standing }) => [
    facts.name,
    facts.status,
    facts.tier ?? '-',
    `${load}${facts.capacity === null ? '' : ` of ${facts.capacity}`}`,
    String(standing.offered),
    standing.acceptance === null ? '-' : `${standing.acceptance} %`,
    String(standing.won),
    id,
  ]);
  const ending = all.flatMap((partner) =>
    partner.standing.certifications
      .filter(({ state }) => state === 'about to expire')
      .map((held) => `  ${partner.facts.name}: ${certificationText(held)}`),
  );
  const proposals = all.reduce((sum, partner) => sum + partner.proposals.length, 0);
  return [
    table([['Partner', 'Status', 'Tier', 'Open leads', 'Offered', 'Accepted', 'Won', 'Id'], ...rows]),
    ...(ending.length > 0 ? ['', 'Certifications about to expire:', ...ending] : []),
    ...(proposals > 0
      ? ['', `${counted(proposals, 'change is', 'changes are')} proposed: \`sluice partners tiers\` shows why.`]
      : []),
  ].join('\n');
}

/** Everything known of one partner. */
export function partnerText(partner: ReviewedPartner, rules: Programmes): string {
  const { facts, standing } = partner;
  const some = (values: readonly string[]) => (values.length === 0 ? 'none' : values.join(', '));
  const limits = [
    `${partner.load} open${facts.capacity === null ? ', no limit' : ` of ${facts.capacity}`}`,
    ...(facts.dailyCapacity === null ? [] : [`${facts.dailyCapacity} a day`]),
    ...(facts.weeklyCapacity === null ? [] : [`${facts.weeklyCapacity} a week`]),
    ...(facts.minimumScore === null ? [] : [`from ${facts.minimumScore} points`]),
  ];
  const hours = standing.medianAnswerMs === null ? null : Math.round(standing.medianAnswerMs / 3_600_000);
  const { revenue } = standing;
  const lines: (readonly [string, string])[] = [
    ['Status', facts.status],
    ['Tier', facts.tier ?? 'none'],
    ['Category', facts.category ?? 'none'],
    ['Home', [facts.country ?? 'not known', ...(facts.timeZone === null ? [] : [facts.timeZone])].join(', ')],
    ['Covers', some(facts.territories)],
    ['Sells', some(facts.competencies)],
    ['Languages', some(facts.languages)],
    ['Leads', limits.join('; ')],
    ['Blackouts', some(facts.blackouts.map(({ from, to }) => (from === to ? from : `${from} to ${to}`)))],
    ['Told at', facts.email ?? 'nowhere'],
    ['Channel manager', facts.managerEmail ?? 'nobody'],
    ['Certifications', some(standing.certifications.map(certificationText))],
    [
      `Last ${rules.overDays} days`,
      `${standing.offered} offered, ${standing.accepted} accepted, ${standing.rejected} rejected, ${standing.unanswered} left unanswered`,
    ],
    ['', `${standing.won} won, ${standing.lost} lost, ${decimalOf(revenue)} ${revenue.currency} booked`],
    ['Answers', hours === null ? 'none yet' : `half of them within ${counted(hours, 'hour', 'hours')}`],
  ];
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  return [
    `${facts.name}  ${partner.id}`,
    ...lines.map(([label, text]) => `  ${label.padEnd(width)}${text}`),
    ...partner.memberships.map(({ programme, member, qualifies, rule, evidence, benefits }) => {
      const standing = member
        ? qualifies
          ? 'is in it'
          : 'is in it, but does not meet its rule any more'
        : qualifies
          ? 'is not in it, but meets its rule'
          : 'is not in it';
      const why = member === qualifies ? '' : `\n    ${rule}${evidenceText(evidence)}`;
      return `  Programme ${programme}: ${standing}${benefits.length > 0 ? ` (${benefits.join('; ')})` : ''}${why}`;
    }),
    ...partner.proposals.map((proposal) => `  Proposed: ${proposalText(proposal)}`),
    ...partner.remarks.map((remark) => `  Note: ${remark}`),
  ].join('\n');
}

/** The changes that the rules propose, each with what it rests on. */
export function tiersText(proposed: readonly ReviewedPartner[]): string {
  if (proposed.length === 0) return 'The rules of programmes.yaml propose no change.';
  return [
    ...proposed.map(({ facts, id, proposals, remarks }) =>
      [
        `${facts.name}  ${id}`,
        ...proposals.map((proposal) => `  ${proposalText(proposal)}`),
        ...remarks.map((remark) => `  Note: ${remark}`),
      ].join('\n'),
    ),
    'Nothing has been changed: tier and status are kept in the CRM. A change counts from the sync after it is made there.',
  ].join('\n\n');
}

function proposalText({ what, rule, from, to, up, sentence, condition, evidence }: Proposal): string {
  const way = what === 'tier' && up !== null ? (up ? ' (up)' : ' (down)') : '';
  return `${what} ${from} -> ${to}${way}: ${sentence}\n    ${rule}: ${condition}${evidenceText(evidence)}`;
}

function evidenceText(evidence: readonly Evidence[]): string {
  if (evidence.length === 0) return '';
  return `\n    ${evidence.map(({ fact, value }) => `${fact} ${value === null || value === '' ? 'not known' : `is ${value}`}`).join(', ')}`;
}

function certificationText({ name, expires, state, daysLeft }: CertificationState): string {
  if (expires === null || daysLeft === null) return name;
  if (state === 'expired') return `${name} (expired on ${expires})`;
  const left = daysLeft === 0 ? 'ends today' : `ends in ${counted(daysLeft, 'day', 'days')}`;
  return state === 'in force' ? `${name} (until ${expires})` : `${name} (${left}, on ${expires})`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => (row[n] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
