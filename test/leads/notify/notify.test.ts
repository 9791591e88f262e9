import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readToken, signToken } from '../../../src/leads/notify/answer-token.ts';
import { chatLine, digestOf, messageOf, type Told, timeText } from '../../../src/leads/notify/message.ts';
import { NOTICE_KINDS, type NoticeRules, newOffer, noticesOf } from '../../../src/leads/notify/notice.ts';
import { DEADLINES } from '../../../src/leads/sla/sla-schema.ts';
import type { Offer } from '../../../src/model/offer.ts';
import { nextTimeOfDay } from '../../../src/sync/notice-rules.ts';
import { anna } from '../fixtures.ts';
import { calendar } from '../sla/calendars.ts';

const offer: Offer = {
  ...{ id: 'of_0123456789abcdef', leadId: 'ld_1', partnerId: 'pt_1', status: 'Open', round: 1 },
  ...{ offeredAt: '2026-03-02T09:00:00.000Z', acceptBy: '2026-03-04T09:00:00.000Z' },
  ...{ closedAt: null, response: null, responseReason: null },
};
const told = (change: Partial<Told> = {}): Told => ({
  kind: 'warning',
  audience: 'partner',
  detail: { deadline: 'accept', dueAt: '2026-03-04T09:00:00.000Z', follows: 'reassign' },
  offer: { id: offer.id },
  lead: { id: 'ld_1', grade: 'A' },
  partner: { facts: { name: 'Alder', timeZone: 'Europe/Berlin' } },
  person: anna,
  link: 'https://sluice.example/answer/of_0.x.y',
  ...change,
});

describe('a message', () => {
  test('tells a partner nothing of who the lead is before it has accepted, in no kind and no part', () => {
    for (const kind of ['offer', 'warning'] as const) {
      const { subject, text, html } = messageOf(told({ kind }), 'Acme');
      expect(subject + text + html).not.toMatch(/Anna|Schmidt|Acme GmbH|acme\.de/);
      expect(text).toContain('https://sluice.example/answer/');
    }
  });

  test('names the lead to the partner that works it, and never in a chat', () => {
    const detail = {
      deadline: 'first-touch' as const,
      dueAt: '2026-03-04T09:00:00.000Z',
      follows: 'reassign' as const,
    };
    expect(messageOf(told({ detail }), 'Acme').subject).toBe('Reminder: your first touch: Anna Schmidt, Acme GmbH');
    for (const kind of NOTICE_KINDS) expect(chatLine(told({ kind, detail }), 'Acme')).not.toMatch(/Anna|Schmidt|GmbH/);
  });

  test('tells times in the zone of the partner', () => {
    expect(timeText('2026-03-04T09:00:00.000Z', 'Europe/Berlin')).toBe('Wed, 4 Mar 2026, 10:00 (Europe/Berlin)');
    expect(messageOf(told(), 'Acme').text).toContain('10:00 (Europe/Berlin)');
  });

  test('lets no word of a CRM become a tag, or a line of the head', () => {
    const nasty = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '\r', '\n', 'a', '\u2028', 'Ä') });
    fc.assert(
      fc.property(
        nasty,
        nasty,
        fc.constantFrom(...NOTICE_KINDS),
        fc.constantFrom(...DEADLINES),
        (name, text, kind, deadline) => {
          const about = told({
            kind,
            detail: { deadline, dueAt: offer.acceptBy, follows: 'recall' },
            partner: { facts: { name: `<script>${name}`, timeZone: null } },
            person: { ...anna, product: `<img>${text}`, companyName: `<i>${text}`, title: text },
          });
          const messages = [messageOf(about, `<u>${name}`), digestOf([about, about], name)];
          for (const { subject, html } of messages) {
            expect(subject).not.toMatch(/[\p{Cc}\u2028]/u);
            expect(html).not.toMatch(/<(script|img|i|u)>/);
          }
          expect(chatLine(about, name)).not.toMatch(/<|>/);
        },
      ),
    );
  });
});

describe('who is told', () => {
  const rules: NoticeRules = { mail: true, digest: null, webhooks: [{ name: 'chat', of: new Set(['missed']) }] };
  const about = (kind: (typeof NOTICE_KINDS)[number], follows: 'none' | 'reassign' = 'reassign') =>
    noticesOf({ ...newOffer(offer), kind, detail: { deadline: 'accept', dueAt: null, follows } }, rules, 0).map(
      ({ channel, audience }) => `${channel} ${audience}`,
    );

  test('is the partner of its offers and warnings, the channel manager of escalations, both of what was missed', () => {
    expect(about('offer')).toEqual(['mail partner']);
    expect(about('warning')).toEqual(['mail partner']);
    expect(about('escalation')).toEqual(['mail manager']);
    expect(about('missed')).toEqual(['mail partner', 'mail manager', 'chat manager']);
    expect(about('missed', 'none')).toEqual(['mail partner', 'chat manager']);
  });

  test('is told once a day where the partner wishes so, but for what is due before', () => {
    const next = Date.parse(offer.acceptBy) - 1;
    const wishing = { ...rules, wished: () => next };
    const at = (kind: (typeof NOTICE_KINDS)[number], wishes: boolean, now = 0) =>
      noticesOf({ ...newOffer(offer), kind }, { ...wishing, wished: () => next + now }, now, wishes).map(
        ({ channel, audience, digest, notBefore }) => [`${channel} ${audience}`, digest, notBefore - now],
      );
    expect(at('offer', true)).toEqual([['mail partner', true, next]]);
    expect(at('offer', true, 2)).toEqual([['mail partner', false, 0]]);
    expect(at('offer', false)).toEqual([['mail partner', false, 0]]);
    expect(at('escalation', true)).toEqual([['mail manager', false, 0]]);
    expect(at('missed', true, 2)).toEqual([
      ['mail partner', true, next],
      ['mail manager', false, 0],
      ['chat manager', false, 0],
    ]);
  });

  test('gets the same notice under the same id, and each its own', () => {
    const all = NOTICE_KINDS.flatMap((kind) => noticesOf({ ...newOffer(offer), kind }, rules, 5));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(noticesOf(newOffer(offer), rules, 9)[0]?.id).toBe(noticesOf(newOffer(offer), rules, 5)[0]?.id);
  });

  test('reads a digest at the next such time of the vendor’s clock, over changes of the clock too', () => {
    const berlin = calendar('Europe/Berlin', ['09:00-17:00']);
    const next = (after: string) => new Date(nextTimeOfDay(berlin, Date.parse(after), '08:00')).toISOString();
    expect(next('2026-03-02T06:59:59Z')).toBe('2026-03-02T07:00:00.000Z');
    expect(next('2026-03-02T07:00:00Z')).toBe('2026-03-03T07:00:00.000Z');
    expect(next('2026-03-28T12:00:00Z')).toBe('2026-03-29T06:00:00.000Z');
  });
});

describe('a signed token', () => {
  const token = { offerId: offer.id, expiresAt: 1_772_442_000_000 };
  const signed = signToken(token, 'secret');

  test('says what was signed', () => {
    expect(readToken(signed, 'secret')).toEqual(token);
    expect(signed).toMatch(/^[\w.-]{60,90}$/);
  });

  test('is nothing with another secret, or with any letter changed', () => {
    expect(readToken(signed, 'Secret')).toBeNull();
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.constantFrom(...'abz019AZ._-~='), (place, letter) => {
        const other = signed.slice(0, place) + letter + signed.slice(place + 1);
        if (other !== signed) expect(readToken(other, 'secret')).toBeNull();
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.string(), (text) => expect(readToken(text, 'secret')).toBeNull()));
  });
});
