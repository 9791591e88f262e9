import type { PartnerState } from '../../model/partner.ts';
import { officeOf } from '../routable-lead.ts';
import { calendarFor } from '../sla/sla.ts';
import type { SlaRules } from './terms.ts';

/** The offices of partners that are closed at an instant, by the calendars of sla.yaml; without one all count as open. */
export function closedOffices(partners: readonly PartnerState[], sla: SlaRules | null, now: number): string[] {
  if (sla === null) return [];
  const places = new Map(partners.map(({ facts }) => [officeOf(facts), facts]));
  return [...places]
    .filter(([, { country, timeZone }]) => {
      const calendar = calendarFor(sla.sla, { calendar: null }, { country, zone: timeZone });
      return calendar.between(now, now + 1) === 0;
    })
    .map(([office]) => office)
    .sort();
}
