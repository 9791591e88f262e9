/** Exact arithmetic on decimal strings, as amounts stand in properties ("1234.50"); no binary fractions. */

interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

function parse(text: string): Scaled {
  const plain = /e/i.test(text) ? Number(text).toFixed(6) : text;
  const [whole = '0', fraction = ''] = plain.replace(/^\+/, '').split('.');
  return {
    digits: BigInt(`${whole === '' || whole === '-' ? `${whole}0` : whole}${fraction}`),
    scale: fraction.length,
  };
}

function print({ digits, scale }: Scaled): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The product of two decimal strings, without trailing zeros. */
export function multiply(left: string, right: string): string {
  const a = parse(left);
  const b = parse(right);
  return print({ digits: a.digits * b.digits, scale: a.scale + b.scale });
}

/** The sum of decimal strings, without trailing zeros; "0" of none. */
export function sum(terms: readonly string[]): string {
  let total: Scaled = { digits: 0n, scale: 0 };
  for (const term of terms) {
    const next = parse(term);
    const scale = Math.max(total.scale, next.scale);
    const up = (value: Scaled): bigint => value.digits * 10n ** BigInt(scale - value.scale);
    total = { digits: up(total) + up(next), scale };
  }
  return print(total);
}
