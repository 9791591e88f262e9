import type { Table } from '../../../src/leads/predict/table.ts';

/** A table from columns of anything that can be written. */
export function tableOf(columns: Readonly<Record<string, readonly (string | number)[]>>): Table {
  const entries = Object.entries(columns);
  return {
    size: entries[0]?.[1].length ?? 0,
    columns: entries.map(([name, cells]) => ({ name, cells: cells.map(String) })),
  };
}

/** Numbers from 0 up to 1 that depend on nothing but the seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Leads whose source and interest decide, by chance, whether they are won; a day apart each 5 of them. */
export function simpleLeads(size: number, seed = 1) {
  const random = randomFrom(seed);
  const rows = Array.from({ length: size }, (_, n) => {
    const interest = Math.round(random() * 1000) / 10;
    const source = ['Web', 'Event', 'Reference'][Math.floor(random() * 3)] as string;
    const logit = (interest - 50) / 15 + (source === 'Reference' ? 1.5 : source === 'Event' ? 0 : -1);
    const won = random() < 1 / (1 + Math.exp(-logit));
    const created = new Date(Date.UTC(2025, 0, 1 + Math.floor(n / 5))).toISOString().slice(0, 10);
    return { interest, source, won, created };
  });
  return {
    rows,
    columns: {
      created: rows.map(({ created }) => created),
      interest: rows.map(({ interest }) => interest),
      source: rows.map(({ source }) => source),
      won: rows.map(({ won }) => (won ? 'yes' : 'no')),
    },
  };
}
