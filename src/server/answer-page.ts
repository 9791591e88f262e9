/** The page behind a signed link: plain HTML without a script, readable on a telephone, light or dark as the reader has it. */
import { escapeHtml } from '../leads/notify/message.ts';
import type { LinkView } from './answer-links.ts';

export type AnswerPage =
  | (LinkView & { readonly problem?: string })
  | { readonly kind: 'taken'; readonly response: 'Accepted' | 'Rejected' }
  /** Sent from another page, or too often. */
  | { readonly kind: 'foreign' | 'often' };

export function answerPage(
  page: AnswerPage,
  { vendor, reasons }: { readonly vendor: string; readonly reasons: readonly string[] },
): string {
  const [title, content] = contentOf(page, vendor, reasons);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="vendor">${escapeHtml(vendor)}</p>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</body>
</html>
`;
}

function contentOf(page: AnswerPage, vendor: string, reasons: readonly string[]): [title: string, content: string] {
  switch (page.kind) {
    case 'open':
      return [
        'A lead for you',
        [
          page.problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(page.problem)}</p>`,
          `<p>${escapeHtml(vendor)} offers this lead to ${escapeHtml(page.partner)}. Please answer by <strong>${escapeHtml(page.until)}</strong>.</p>`,
          factsOf(page.essentials),
          '<p class="note">You see who it is when you have accepted.</p>',
          FORM_ACCEPT,
          formDecline(reasons),
        ].join('\n'),
      ];
    case 'taken':
      return page.response === 'Accepted'
        ? [
            'Accepted: the lead is yours',
            '<p>Thank you. The record of the lead shows you who it is within minutes.</p>',
          ]
        : ['Declined', '<p>Thank you for saying so. The lead goes on to somebody else.</p>'];
    case 'answered':
      return [
        'Already answered',
        `<p>This offer was ${page.response === 'Accepted' ? 'accepted' : 'declined'} before. A link answers once. If that was a mistake, tell your channel manager at ${escapeHtml(vendor)}.</p>`,
      ];
    case 'over':
      return [
        'This offer is over',
        '<p>Its time has passed, or it was taken back. There is nothing left for you to do.</p>',
      ];
    case 'expired':
      return ['This link is too old', '<p>Answer in your usual way, or ask your channel manager for the lead.</p>'];
    case 'forged':
      return [
        'This link does not work',
        '<p>It may have been cut when it was copied. Open it from the mail itself.</p>',
      ];
    case 'foreign':
      return ['Not taken', '<p>The answer came from another page. Open the link from the mail, and answer there.</p>'];
    case 'often':
      return ['Too many requests', '<p>Wait a minute, then open the link again.</p>'];
  }
}

const FORM_ACCEPT = `<form method="post"><button class="accept" name="answer" value="accept">Accept the lead</button></form>`;

function formDecline(reasons: readonly string[]): string {
  const choose =
    reasons.length === 0
      ? ''
      : `<label for="reason">Why not?</label>
<select id="reason" name="reason" required><option value="">Choose a reason</option>${reasons.map((reason) => `<option>${escapeHtml(reason)}</option>`).join('')}</select>`;
  return `<form method="post">${choose}<button class="decline" name="answer" value="decline">Decline</button></form>`;
}

function factsOf(facts: readonly { readonly name: string; readonly value: string }[]): string {
  if (facts.length === 0) return '';
  const rows = facts.map(({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`);
  return `<dl>${rows.join('')}</dl>`;
}

const STYLE = `
:root { --ground: #fff; --text: #1c1f24; --soft: #5b6470; --line: #d5dae1; --accept: #17663f; --problem: #a02020; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16191d; --text: #e8ebef; --soft: #a3acb8; --line: #3a414b; --accept: #237a4c; --problem: #ff9d9d; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem; }
.vendor, .note, dt { color: var(--soft); }
.vendor { margin: 0 0 .25rem; }
.problem { color: var(--problem); }
dl { border-top: 1px solid var(--line); margin: 1.25rem 0; }
dl div { display: flex; gap: 1rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
dt { flex: 0 0 7rem; }
dd { margin: 0; }
form { margin-top: 1.25rem; display: grid; gap: .6rem; }
form + form { border-top: 1px solid var(--line); padding-top: 1.25rem; }
button, select { font: inherit; min-height: 3rem; border-radius: .5rem; padding: 0 1rem; border: 1px solid var(--soft); }
button { cursor: pointer; font-weight: 600; }
select, .decline { background: var(--ground); color: var(--text); }
.accept { background: var(--accept); border-color: var(--accept); color: #fff; }
:focus-visible { outline: 3px solid #4c8dff; outline-offset: 2px; }
`;
