import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openStore } from '../../src/store/database.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-embedded-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the embedded database', () => {
  test('leaves our own code running while it works', async () => {
    const store = await openStore({ embedded: null });
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    }, 1);
    await sql`select pg_sleep(0.2)`.execute(store.db);
    clearInterval(counting);
    await store.close();
    expect(turns).toBeGreaterThan(10);
  });

  test('keeps what was committed when it is closed and opened again', async () => {
    const place = { embedded: join(dir, 'kept') };
    const first = await openStore(place);
    await sql`insert into plans (hash, made_at) values ('Zürich ✓', now())`.execute(first.db);
    await first.close();
    const second = await openStore(place);
    expect((await sql`select hash from plans`.execute(second.db)).rows).toEqual([{ hash: 'Zürich ✓' }]);
    await second.close();
  });

  test('answers with more than fits into one part, and takes as much', async () => {
    const store = await openStore({ embedded: null });
    const text = 'Straße '.repeat(300_000);
    const { rows } = await sql<{ text: string }>`select ${text}::text as text`.execute(store.db);
    await store.close();
    expect(rows[0]?.text === text).toBe(true);
  });

  test('goes on after an error', async () => {
    const store = await openStore({ embedded: null });
    await expect(sql`select nonsense`.execute(store.db)).rejects.toMatchObject({ code: '42703' });
    expect((await sql`select 1 as one`.execute(store.db)).rows).toEqual([{ one: 1 }]);
    await store.close();
  });

  test('says why where its folder is none', async () => {
    writeFileSync(join(dir, 'file'), '');
    await expect(openStore({ embedded: join(dir, 'file', 'below') })).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(openStore({ embedded: join(dir, 'file') })).rejects.toThrow();
  });

  test('does not keep a process alive that has nothing left to do', async () => {
    const database = JSON.stringify(new URL('../../src/store/database.ts', import.meta.url).href);
    const code = `const { openStore } = await import(${database});
      const { db } = await openStore({ embedded: null });
      const rows = await db.selectFrom('plans').selectAll().execute();
      console.log(rows.length);`;
    const child = spawn(process.execPath, ['--input-type=module', '--no-warnings', '-e', code]);
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
    });

    const ended = await new Promise((resolve) => child.once('close', resolve));
    expect([ended, text.trim()]).toEqual([0, '0']);
  });
});
