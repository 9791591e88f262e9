import { describe, expect, test } from '@jest/globals';
import type { Cursor, SweepPage } from '../connector.ts';
import type { Stage } from './stage.ts';

export function describeSweeping(stage: Stage): void {
  describe('a sweep', () => {
    async function sweep(): Promise<SweepPage[]> {
      const { connector } = stage.open();
      const pages: SweepPage[] = [];
      for (let cursor: Cursor | null = null; ; ) {
        const page = await connector.sweep(stage.stream, cursor);
        pages.push(page);
        if (page.done) return pages;
        cursor = JSON.parse(JSON.stringify(page.cursor)) as Cursor;
        if (pages.length > 1_000) throw new Error('the sweep does not end');
      }
    }

    test('brings every live record once and no deleted one', async () => {
      const [gone = ''] = await stage.put('gone', 'a', 'b', 'c', 'd', 'e', 'f');
      await stage.crm.delete(gone);
      const swept = (await sweep()).flatMap(({ records }) => records);
      const there = await stage.crm.raw([stage.crm.fields.text]);
      expect(swept.map(({ id }) => id).toSorted()).toEqual([...there.keys()].toSorted());
      expect(swept.every(({ deleted }) => !deleted)).toBe(true);
    });

    test('goes through all ids without a gap or an overlap: a page begins where the one before ended', async () => {
      await stage.put('a', 'b', 'c', 'd', 'e', 'f', 'g');
      const pages = await sweep();
      expect(pages.length).toBeGreaterThan(1);
      expect(pages[0]?.range.after).toBeNull();
      expect(pages.at(-1)?.range.through).toBeNull();
      for (const [place, page] of pages.entries()) {
        const next = pages[place + 1];
        if (next) {
          expect(page.range.through).not.toBeNull();
          expect(next.range.after).toBe(page.range.through);
        }
        // The last id of a page is the last of its range, so that what is not on the page is known to be gone.
        if (page.range.through !== null) expect(page.records.at(-1)?.id).toBe(page.range.through);
      }
    });

    test('sees a change that moved no stamp no less than one that did', async () => {
      const [id = ''] = await stage.put('before');
      await stage.crm.change(id, { [stage.crm.fields.text]: 'after' });
      const swept = (await sweep()).flatMap(({ records }) => records);
      expect(swept.find((record) => record.id === id)?.fields[stage.crm.fields.text]).toBe('after');
    });
  });
}
