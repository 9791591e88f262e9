import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Preview } from '../../src/leads/sla/preview.ts';
import { killChildren, sluiceHere, temporaryFolder } from '../support/children.ts';

afterAll(killChildren);

const SLA = `version: 1
calendars:
  office: { zone: Europe/Berlin, hours: { mon-fri: ["09:00-12:00", "13:00-17:00"] }, holidays: [DE, OURS] }
  east: { like: office, zone: Asia/Tokyo, holidays: [] }
calendarOf: { otherwise: office, country: { JP: east } }
policies:
  standard:
    accept: { warn: [50%], missed: reassign }
    first-touch: { within: 2 working days, warn: [1 working day before], escalate: 100%, missed: recall }
    refresh: { within: 9 working hours, missed: none }
    rounds: { atMost: 3, after: nurture }
use: [{ policy: standard }]
`;
const ROUTING = `version: 1
offer: { acceptWithin: 36h, rounds: 5 }
weights: { load: 1 }
otherwise: pool
routes: [{ name: all, method: best-fit }]
`;

/** A configuration folder with only these rules: no connection, no database. */
function folder(sla = SLA): string {
  const dir = temporaryFolder();
  mkdirSync(join(dir, 'holidays'));
  writeFileSync(join(dir, 'sla.yaml'), sla);
  writeFileSync(join(dir, 'routing.yaml'), ROUTING);
  writeFileSync(join(dir, 'holidays', 'OURS.yaml'), 'name: Ours\nholidays: [{ rule: 12-23, name: Founders Day }]\n');
  return dir;
}

const preview = (dir: string, ...more: string[]) =>
  sluiceHere('sla', 'preview', '--config', dir, '--policy', 'standard', '--from', '2026-12-22T15:30', ...more);

async function previewed(dir: string, ...more: string[]): Promise<Preview> {
  return JSON.parse((await preview(dir, ...more, '--json')).out) as Preview;
}

describe('sla preview', () => {
  test('says when each deadline falls, in the zone of the calendar and in UTC, and counts its days', async () => {
    const { deadlines, ...rest } = await previewed(folder());
    expect(rest).toEqual({
      ...{ policy: 'standard', calendar: 'office', zone: 'Europe/Berlin', rounds: { atMost: 3, after: 'nurture' } },
      from: { local: '2026-12-22 15:30', utc: '2026-12-22T14:30:00.000Z' },
    });
    expect(deadlines.map(({ name, due, missed }) => [name, due.local, due.utc, missed])).toEqual([
      ['accept', '2026-12-24 03:30', '2026-12-24T02:30:00.000Z', 'reassign'],
      ['first-touch', '2026-12-28 15:30', '2026-12-28T14:30:00.000Z', 'recall'],
      ['refresh', '2026-12-28 09:30', '2026-12-28T08:30:00.000Z', 'none'],
    ]);
    const [, touch] = deadlines;
    expect(touch?.days.map(({ date, minutes, because }) => [date, minutes, because])).toEqual([
      ['2026-12-22', 90, null],
      ['2026-12-23', 0, 'Founders Day'],
      ['2026-12-24', 420, null],
      ['2026-12-25', 0, '1. Weihnachtstag'],
      ['2026-12-26', 0, '2. Weihnachtstag'],
      ['2026-12-27', 0, null],
      ['2026-12-28', 330, null],
    ]);
    expect(touch).toMatchObject({
      workingMinutes: 840,
      warnings: [{ at: '1 working day before', local: '2026-12-24 15:30' }],
      escalation: { local: '2026-12-28 15:30' },
      skipped: [{ name: 'Founders Day' }, { name: '1. Weihnachtstag' }, { name: '2. Weihnachtstag' }],
    });
  });

  test('reads as a text, each day with its hours and holidays', async () => {
    const { code, out, err } = await preview(folder());
    expect(code).toBe(0);
    expect(out).toContain('Policy standard by calendar office (Europe/Berlin)');
    expect(out).toContain('first-touch: 2026-12-28 15:30 (2026-12-28T14:30Z)');
    expect(out).toContain('    2026-12-24 thu        7 h  09:00-12:00, 13:00-17:00\n');
    expect(out).toContain('    2026-12-23 wed        0 h  closed  Founders Day\n');
    expect(out).toContain('After 3 partners: nurture');
    expect(err).toMatch(
      /sla\.yaml overrules routing\.yaml's offer\.rounds \(by policy "standard"\); take it out of .*routing\.yaml/,
    );
  });

  test('takes the time to accept from routing.yaml where sla.yaml leaves it there', async () => {
    const { deadlines } = await previewed(folder());
    expect(deadlines[0]).toMatchObject({ name: 'accept', within: '36h', counts: 'time as it passes' });
  });

  test('counts by the calendar and in the zone of the partner', async () => {
    const japan = await previewed(folder(), '--country', 'JP');
    expect([japan.calendar, japan.zone, japan.from.utc]).toEqual(['east', 'Asia/Tokyo', '2026-12-22T06:30:00.000Z']);
    const elsewhere = await previewed(folder(), '--zone', 'America/New_York');
    expect([elsewhere.calendar, elsewhere.zone, elsewhere.from.utc]).toEqual([
      'office',
      'America/New_York',
      '2026-12-22T20:30:00.000Z',
    ]);
  });

  test('takes an instant with its offset as it stands', async () => {
    const { from } = await previewed(folder(), '--from', '2026-12-22T09:00:00-05:00');
    expect(from).toEqual({ local: '2026-12-22 15:00', utc: '2026-12-22T14:00:00.000Z' });
  });

  test('works on the rules that Sluice brings along', async () => {
    const { code, out } = await sluiceHere(
      'sla',
      'preview',
      '--policy',
      'hot',
      '--from',
      '2026-07-02T15:00',
      '--config',
      'config',
    );
    expect(code).toBe(0);
    expect(out).toContain('Independence Day');
  });
});

describe('sla preview refuses', () => {
  test.each([
    ['a policy that is none', ['--policy', 'standrd'], /has no policy "standrd"\n {2}did you mean "standard"\?/],
    ['a time that is none', ['--from', 'tomorrow'], /"tomorrow" is no instant\n {2}Write it like 2026-12-23T15:00/],
    ['a day that is none', ['--from', '2026-02-30T10:00'], /"2026-02-30T10:00" is no instant/],
    ['a time too far away', ['--from', '9999-02-20T10:00'], /"9999-02-20T10:00" is no instant/],
    [
      'a zone that is none',
      ['--zone', 'Europe/Berln'],
      /no time zone "Europe\/Berln"\n {2}did you mean "Europe\/Berlin"\?/,
    ],
    ['a country that is none', ['--country', 'Japan'], /"Japan" is no country code/],
    ['a code of no country', ['--country', 'XX'], /there is no country "XX"/],
  ])('%s as wrong usage', async (_what, more, words) => {
    const { code, out, err } = await preview(folder(), ...more);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(words);
  });

  test('another word than preview, and to go without a policy', async () => {
    const other = await sluiceHere('sla', 'show', '--policy', 'standard', '--from', '2026-12-22T15:30');
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('"sla show" is no command')]);
    const without = await sluiceHere('sla', 'preview', '--from', '2026-12-22T15:30');
    expect([without.code, without.err]).toEqual([2, expect.stringContaining("required option '--policy <name>'")]);
  });

  test('a zone where sla.yaml reads no hours in the zone of the partner', async () => {
    const fixed = SLA.replace('otherwise: office,', 'otherwise: office, partnerZone: false,');
    const { code, err } = await preview(folder(fixed), '--zone', 'Asia/Tokyo');
    expect([code, err]).toEqual([2, expect.stringContaining('partnerZone: true')]);
  });

  test('a configuration that cannot be used, with the place of each problem', async () => {
    const { code, err } = await preview(
      folder(SLA.replace('2 working days', '0 working days').replace('OURS', 'OURRS')),
    );
    expect(code).toBe(1);
    expect(err).toMatch(/sla\.yaml:3:\d+: there are no holidays "OURRS" \(did you mean "OURS"\?\)/);
    expect(err).toMatch(/sla\.yaml:9:\d+: a deadline must leave some time/);
  });
});
