import { describe, expect, test } from '@jest/globals';
import { eligibleTouches } from '../../../src/revenue/attribution/touches.ts';
import { compileAttribution } from '../../../src/revenue/config.ts';
import { momentOf } from '../../../src/revenue/moment.ts';
import { touch } from '../histories.ts';

const CLOSE = momentOf('2026-03-31');
const list = [
  touch('fair', '2026-01-10', { kind: 'fair', campaignName: 'Spring Fair' }),
  touch('form', '2026-02-20', { kind: 'form', campaignName: 'Newsletter March', status: 'Registered' }),
  touch('web', '2026-03-20', { kind: 'webinar', campaignName: 'Webinar *', status: 'Attended' }),
  touch('alder', '2026-03-21', {
    kind: 'partner-accepted',
    campaignId: 'pa_1',
    campaignName: 'Alder',
    partnerId: 'pa_1',
  }),
];
const counted = (yaml: string) => {
  const { rules } = compileAttribution('a.yaml', `models: [first]\n${yaml}`);
  return eligibleTouches(list, CLOSE, rules).map((each) => each.touch.id);
};

describe('which touches count', () => {
  test('all, unless something is said', () => {
    expect(counted('')).toEqual(['fair', 'form', 'web', 'alder']);
  });

  test('those within the window, or within that of their kind', () => {
    expect(counted('window: {days: 30}')).toEqual(['web', 'alder']);
    expect(counted('window: {days: 30}\nwindows: [{kinds: [Fair], days: null}, {kinds: [webinar], days: 5}]')).toEqual([
      'fair',
      'alder',
    ]);
  });

  test('kinds, campaigns and statuses that are named, or not left out; * stands for anything', () => {
    expect(counted('touches: {kinds: {only: [Fair, form]}}')).toEqual(['fair', 'form', 'alder']);
    expect(counted('touches: {kinds: {not: [f*]}}')).toEqual(['web', 'alder']);
    expect(counted('touches: {campaigns: {not: ["newsletter*"]}}')).toEqual(['fair', 'web', 'alder']);
    expect(counted('touches: {campaigns: {only: ["*r*a*r"]}}')).toEqual(['fair', 'alder']);
    expect(counted('touches: {campaigns: {only: ["W*r *"]}}')).toEqual(['web', 'alder']);
    expect(counted('touches: {campaigns: {only: ["*"], not: ["*fair", "*march"]}}')).toEqual(['web', 'alder']);
    expect(counted('touches: {statuses: {only: [attended]}}')).toEqual(['web', 'alder']);
  });

  test('a status that is not known is in no list', () => {
    expect(counted('touches: {statuses: {not: [Registered]}}')).toEqual(['fair', 'web', 'alder']);
    expect(counted('touches: {statuses: {only: [Registered]}}')).toEqual(['form', 'alder']);
  });

  test('a pattern of many stars takes no longer than the text is long', () => {
    const long = touch('long', '2026-03-01', { kind: 'a'.repeat(20_000) });
    const { rules } = compileAttribution(
      'a.yaml',
      `models: [first]\ntouches: {kinds: {only: ["${'a*'.repeat(50)}b"]}}`,
    );
    expect(eligibleTouches([long], CLOSE, rules)).toEqual([]);
  });
});
