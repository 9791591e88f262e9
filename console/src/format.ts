/** Numbers, money and time in the reader's own language; amounts stay decimal text until they are shown, so none is rounded on the way. */

const whole = new Intl.NumberFormat();
const points = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const signedPoints = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, signDisplay: 'exceptZero' });
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const signedShare = new Intl.NumberFormat(undefined, {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const countries = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'code' });
const seconds = new Intl.NumberFormat(undefined, {
  style: 'unit',
  unit: 'second',
  unitDisplay: 'narrow',
  maximumFractionDigits: 0,
});
const minutes = new Intl.NumberFormat(undefined, {
  style: 'unit',
  unit: 'minute',
  unitDisplay: 'narrow',
  maximumFractionDigits: 0,
});

export const count = (value: number): string => whole.format(value);
export const pointsOf = (value: number): string => points.format(value);
export const signedPointsOf = (value: number): string => signedPoints.format(value);
export const percent = (ratio: number): string => share.format(ratio);
export const roiOf = (ratio: string): string => signedShare.format(ratio as Intl.StringNumericLiteral);
export const instant = (iso: string): string => dayAndTime.format(new Date(iso));

const moneyFormats = new Map<string, Intl.NumberFormat>();

/** "€4,182,650.00"; `short` gives "€4.2M". */
export function money(amount: string, currency: string, short = false): string {
  const key = `${currency} ${short}`;
  let format = moneyFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(undefined, {
      style: 'currency',
      currency,
      ...(short && { notation: 'compact', maximumFractionDigits: 1 }),
    });
    moneyFormats.set(key, format);
  }
  return format.format(amount as Intl.StringNumericLiteral);
}

/** The country's name, or the code as it stands where it is none. */
export function country(code: string): string {
  try {
    return countries.of(code) ?? code;
  } catch {
    return code;
  }
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** "4 minutes ago", "in 2 days", as seen from `now` (Sluice's clock, which need not be this machine's). */
export function ago(iso: string, now: string): string {
  const away = Date.parse(iso) - Date.parse(now);
  for (const [unit, length] of STEPS) {
    if (Math.abs(away) >= length) return relative.format(Math.trunc(away / length), unit);
  }
  return relative.format(0, 'minute');
}

/** "48s", "2m 5s". */
export function duration(fromIso: string, toIso: string): string {
  const total = Math.max(0, Math.round((Date.parse(toIso) - Date.parse(fromIso)) / 1_000));
  if (total < 60) return seconds.format(total);
  return `${minutes.format(Math.trunc(total / 60))} ${seconds.format(total % 60)}`;
}

/** Salesforce and HubSpot as they write themselves. */
export function crmName(kind: string): string {
  return { salesforce: 'Salesforce', hubspot: 'HubSpot' }[kind] ?? kind;
}
