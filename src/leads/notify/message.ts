/** Notices in words: a subject, plain text, and the same as simple HTML. Pure; everything that comes from a CRM is escaped. */
import type { PersonFacts } from '../../model/person.ts';
import type { Consequence, DeadlineName } from '../sla/sla-schema.ts';
import { counted } from '../text.ts';
import { essentialsOf } from './essentials.ts';
import type { Audience, NoticeDetail, NoticeKind } from './notice.ts';

/** A message that carries what it says, as a letter of the store does. */
export function letterMessage(letter: Omit<Part, 'link'>, vendor: string): Message {
  const part = { ...letter, link: null };
  return { subject: oneLine(part.title), text: textOf([part], vendor), html: htmlOf(part.title, [part], vendor) };
}

/** A notice with what it is about, as that is when it is sent. */
export interface Told {
  readonly kind: NoticeKind;
  readonly audience: Audience;
  readonly detail: NoticeDetail;
  readonly offer: { readonly id: string };
  readonly lead: { readonly id: string; readonly grade: string | null };
  readonly partner: { readonly facts: { readonly name: string; readonly timeZone: string | null } };
  readonly person: PersonFacts;
  /** Where the partner answers without a log-in; null where there is no such place. */
  readonly link: string | null;
}

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a message is made of, before it is text or HTML. */
interface Part {
  readonly title: string;
  readonly lines: readonly string[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly link: { readonly url: string; readonly text: string } | null;
}

/** One notice as a message of its own. */
export function messageOf(told: Told, vendor: string): Message {
  const part = partOf(told, vendor);
  return { subject: oneLine(part.title), text: textOf([part], vendor), html: htmlOf(part.title, [part], vendor) };
}

/** The notices of a day to one reader, as one message; the first is the oldest. */
export function digestOf(all: readonly Told[], vendor: string): Message {
  const title = `${counted(all.length, 'matter', 'matters')} of your leads`;
  const parts = all.map((told) => partOf(told, vendor));
  return { subject: oneLine(title), text: textOf(parts, vendor), html: htmlOf(title, parts, vendor) };
}

/** One notice as a line for a chat. It names no person. */
export function chatLine(told: Told, vendor: string): string {
  const { title, lines } = partOf({ ...told, audience: 'manager' }, vendor);
  // The three characters by which chats of this style tell marks from text.
  const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return escaped([`${oneLine(title)}.`, ...lines].join(' '));
}

const DEEDS: Readonly<Record<DeadlineName, string>> = {
  accept: 'answer to the offer',
  'first-touch': 'first touch',
  'report-back': 'first report',
  refresh: 'next report',
};

const FOLLOWS: Readonly<Record<Consequence, string>> = {
  reassign: 'The lead goes to the next partner.',
  recall: 'The lead is taken back, and the channel manager decides.',
  pool: 'The lead goes to the pool, where any partner may take it.',
  nurture: 'The lead goes back to marketing.',
  direct: "The vendor's own team takes the lead.",
  none: 'Nothing else follows.',
};

function partOf(told: Told, vendor: string): Part {
  const { kind, audience, detail, partner, lead, person } = told;
  const { timeZone } = partner.facts;
  const name = oneLine(partner.facts.name);
  const due = detail.dueAt === null ? null : timeText(detail.dueAt, audience === 'partner' ? timeZone : null);
  const deed = DEEDS[detail.deadline ?? 'accept'];
  const facts = essentialsOf(person, lead.grade);
  const who = `Lead ${lead.id}`;
  const answer = told.link === null ? null : { url: told.link, text: 'See the lead and answer' };
  const accepting = detail.deadline === 'accept' || detail.deadline === null;
  // What a partner has accepted it knows by name.
  const of = accepting || audience === 'manager' ? '' : `: ${leadName(person)}`;
  switch (kind) {
    case 'offer':
      return {
        title: audience === 'partner' ? `${vendor} offers you a lead` : `A lead was offered to ${name}`,
        lines: due === null ? [] : [`Please answer by ${due}.`],
        facts: audience === 'partner' ? facts : [],
        link: audience === 'partner' ? answer : null,
      };
    case 'warning':
      return {
        title: audience === 'partner' ? `Reminder: your ${deed}${of}` : `${name} was reminded: ${deed}`,
        lines: [`${who}: the ${deed} is due by ${due}.`],
        facts: audience === 'partner' && accepting ? facts : [],
        link: audience === 'partner' && accepting ? answer : null,
      };
    case 'escalation':
      return {
        title: `${name}: no ${deed} yet`,
        lines: [`${who}: the ${deed} is due by ${due}.`, `If none comes: ${FOLLOWS[detail.follows ?? 'none']}`],
        facts,
        link: null,
      };
    case 'missed': {
      const follows = detail.follows ?? 'none';
      const title = audience === 'partner' ? `No ${deed} in time${of}` : `${name}: no ${deed} in time`;
      const still =
        audience === 'partner' && follows === 'none' ? 'Please send it as soon as you can.' : FOLLOWS[follows];
      return { title, lines: [`${who}: the ${deed} was due by ${due}.`, still], facts: [], link: null };
    }
    case 'taken':
      return {
        title: audience === 'partner' ? `${vendor} has taken an offer back` : `The offer to ${name} was taken back`,
        lines: [`${who} is no longer yours to work on. No reason lies with you.`],
        facts: [],
        link: null,
      };
  }
}

function leadName({ firstName, lastName, companyName }: PersonFacts): string {
  const name = [firstName, lastName].filter((part) => part !== null).join(' ');
  return [name, companyName].filter((part) => part !== null && part !== '').join(', ') || 'your lead';
}

/** "Tue, 3 Mar 2026, 10:00 (Europe/Berlin)"; in UTC where the zone is not known. */
export function timeText(instant: string, zone: string | null): string {
  const timeZone = zone ?? 'UTC';
  const text = new Intl.DateTimeFormat('en-GB', {
    ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone },
  }).format(new Date(instant));
  return `${text} (${timeZone})`;
}

/** Without line ends and other control characters, which have a meaning in the head of a mail. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function textOf(parts: readonly Part[], vendor: string): string {
  const blocks = parts.map(({ title, lines, facts, link }) =>
    [
      oneLine(title),
      ...lines,
      ...facts.map(({ name, value }) => `  ${name}: ${oneLine(value)}`),
      ...(link === null ? [] : [`${link.text}: ${link.url}`]),
    ].join('\n'),
  );
  return `${[...blocks, `Sent by Sluice for ${oneLine(vendor)}.`].join('\n\n')}\n`;
}

function htmlOf(title: string, parts: readonly Part[], vendor: string): string {
  const blocks = parts.map(
    ({ title: heading, lines, facts, link }) => `<h2 style="font-size:18px">${escapeHtml(heading)}</h2>
${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}
${facts.length === 0 ? '' : `<table>${facts.map(({ name, value }) => `<tr><th align="left">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`).join('')}</table>`}
${link === null ? '' : `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.text)}</a></p>`}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body style="font-family:sans-serif;max-width:40em">
${blocks.join('\n<hr>\n')}
<p><small>Sent by Sluice for ${escapeHtml(vendor)}.</small></p>
</body></html>
`;
}

/** Text as it stands in HTML, in and between tags. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
