import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sluiceHere, temporaryFolder } from '../support/children.ts';

function file(text: string, name = 'paths.csv'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

const attributed = (text: string, ...options: string[]) => sluiceHere('attribute', '--paths', file(text), ...options);
const json = async (text: string, ...options: string[]) =>
  JSON.parse((await attributed(text, '--json', ...options)).out);
/** Channel to credit. */
const credits = async (text: string, ...options: string[]) => {
  const { channels } = await json(text, ...options);
  return Object.fromEntries(channels.map((each: { channel: string; credit: number }) => [each.channel, each.credit]));
};

const PATHS = 'path,conversions,value,nulls\na > b > c > d,2,200,1\nb,1,50,3\n';

describe('attribute --paths', () => {
  test('credits channels under a Markov chain, with removal effects, labelled as an aggregate', async () => {
    expect(await json('path,conversions,nulls\nC1 > C2 > C3,1,0\nC1,0,1\nC2 > C3,0,1\n', '--model', 'markov')).toEqual({
      kind: 'aggregate',
      model: { name: 'markov', kind: 'markov', order: 1, by: 'campaign' },
      conversions: 1,
      value: 0,
      nulls: 2,
      conversionRate: expect.closeTo(1 / 3, 11),
      channels: [
        { channel: 'C2', credit: 0.4, value: 0, share: 0.4, removalEffect: 1 },
        { channel: 'C3', credit: 0.4, value: 0, share: 0.4, removalEffect: 1 },
        { channel: 'C1', credit: 0.2, value: 0, share: 0.2, removalEffect: 0.5 },
      ],
      badRows: [],
      notes: [],
    });
  });

  test('without a column of nulls a path without a conversion was taken once', async () => {
    expect(await credits('path,conversions\nC1 > C2 > C3,1\nC1,0\nC2 > C3,0\n', '--model', 'markov')).toEqual({
      C1: 0.2,
      C2: 0.4,
      C3: 0.4,
    });
  });

  test.each([
    ['first', { a: 2, b: 1, c: 0, d: 0 }],
    ['last', { a: 0, b: 1, c: 0, d: 2 }],
    ['linear', { a: 0.5, b: 1.5, c: 0.5, d: 0.5 }],
    ['u-shaped', { a: 0.8, b: 1.2, c: 0.2, d: 0.8 }],
    ['U', { a: 0.8, b: 1.2, c: 0.2, d: 0.8 }],
    ['position_based --positions first=1,last=3', { a: 0.5, b: 1, c: 0, d: 1.5 }],
    ['custom --weight touch.isLast?3:1', { a: 1 / 3, b: 1 + 1 / 3, c: 1 / 3, d: 1 }],
    ['shapley', { a: 0.5, b: 1.5, c: 0.5, d: 0.5 }],
  ])('under %s', async (model, wanted) => {
    const found = await credits(PATHS, '--model', ...model.split(' '));
    for (const [channel, credit] of Object.entries(wanted)) expect(found[channel]).toBeCloseTo(credit, 10);
  });

  test('under every model the credits and values add up to what the file states', async () => {
    const days = 'path,conversions,value,nulls,days\na > b > c > d,2,200,1,0>3>3>10\nb > b,1,50,3,1>2\n';
    for (const model of ['first', 'last', 'linear', 'w', 'full', 'time decay', 'markov', 'shapley']) {
      const { channels } = await json(days, '--model', model);
      const sum = (key: string) =>
        channels.reduce((all: number, each: Record<string, number>) => all + (each[key] ?? 0), 0);
      expect([model, sum('credit'), sum('value'), sum('share')]).toEqual([
        model,
        expect.closeTo(3, 9),
        expect.closeTo(250, 9),
        expect.closeTo(1, 9),
      ]);
    }
  });

  test('time decay needs days, as numbers or as dates, and takes a half-life', async () => {
    const wanted = ['175.20', '287.44', '574.88', '3417.04', '7545.45'];
    for (const days of ['0>5>12>30>38', '2026-01-01 > 2026-01-06 > 2026-01-13 > 2026-01-31 > 2026-02-08']) {
      const { channels } = await json(
        `path,conversions,value,days\na>b>c>d>e,1,12000,${days}\n`,
        '--model',
        'time-decay',
        '--half-life',
        '7',
      );
      expect(channels.map((each: { value: number }) => each.value.toFixed(2)).sort()).toEqual([...wanted].sort());
    }
    const { code, err } = await attributed(PATHS, '--model', 'time-decay');
    expect(code).toBe(1);
    expect(err).toMatch(/no column "days"\n {2}Time decay needs the day of each touch/);
  });

  test('an order tells runs of channels apart; a path of one channel again and again is one like another', async () => {
    const loops = 'path,conversions,nulls\nA>A>A,1,1\nA>B,1,0\n';
    expect(await credits(loops, '--model', 'markov')).toEqual({ A: expect.closeTo(4 / 3, 1), B: expect.any(Number) });
    const second = await credits(
      'path,conversions\nA>B>A>B>B>A,1\nA>B>B>A>A,1\nA>A,1\n',
      '--model',
      'markov',
      '--order',
      '2',
    );
    expect(second).toEqual({ A: expect.closeTo(1.8, 10), B: expect.closeTo(1.2, 10) });
  });

  test('a table of what coalitions are worth is read as one, and said to be; --worth says otherwise', async () => {
    const table = 'path,conversions\nO,7\nF,6\nD,4\nO>F,15\nO>D,7\nF>D,9\nO>F>D,19\n';
    const wanted = { O: expect.closeTo(23 / 3, 10), F: expect.closeTo(49 / 6, 10), D: expect.closeTo(19 / 6, 10) };
    expect(await credits(table, '--model', 'shapley')).toEqual(wanted);
    expect((await json(table, '--model', 'shapley')).notes[0]).toMatch(/read as a table of what coalitions are worth/);
    const journeys = await json(table, '--model', 'shapley', '--worth', 'paths');
    expect([journeys.conversions, journeys.notes]).toEqual([67, []]);
  });

  test('positions say what they took for the touches that made lead and deal, unless the file says it', async () => {
    const { channels, notes } = await json('path,conversions\na>b>c>d>e,1\n', '--model', 'w');
    expect(channels.map((each: { channel: string; credit: number }) => [each.channel, each.credit])).toEqual([
      ['a', 0.3],
      ['c', 0.3],
      ['e', 0.3],
      ['b', 0.05],
      ['d', 0.05],
    ]);
    expect(notes[0]).toMatch(/does not say which touches made the lead and the deal/);
    const stated = await json('path,conversions,lead,deal\na>b>c>d>e,1,2,4\n', '--model', 'w');
    expect(stated.notes).toEqual([]);
    expect(stated.channels[1]).toMatchObject({ channel: 'b', credit: 0.3 });
  });

  test('takes columns in any case and order, with other names, spacing and separators, and others beside them', async () => {
    const text = '\ufeffNotes;TOTAL_CONVERSIONS;Path\nx;1;  a>>b  >>>  c \ny;2;"a"\n';
    expect(await credits(text, '--model', 'first')).toEqual({ a: 3, b: 0, c: 0 });
  });

  test('leaves bad rows out, says in which line and why, and ends with 3', async () => {
    const text = [
      'path,conversions,value,nulls,days',
      'a > b,1,10,0,1>2',
      ',1,10,0,1',
      'a > > b,1,10,0,1>2>3',
      'a,-1,10,0,1',
      'a,1,-10,0,1',
      'a,1,10,x,1',
      'a,,10,0,1',
      'a,1e30,10,0,1',
      'a,0,10,1,1',
      'a > b,1,10,0,2>1',
      'a > b,1,10,0,2',
      'a > b,1,10,0,x>2',
      'a,0,0,0,1',
    ].join('\n');
    const { code, out, err } = await attributed(text, '--model', 'linear', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      conversions: 1,
      badRows: [
        { line: 3, problem: 'the path is blank' },
        { line: 4, problem: 'the path "a > > b" has a place without a channel' },
        { line: 5, problem: 'conversions -1 is negative' },
        { line: 6, problem: 'value -10 is negative' },
        { line: 7, problem: 'nulls "x" is no number' },
        { line: 8, problem: 'conversions are blank' },
        { line: 9, problem: 'conversions 1e30 is beyond what can be true' },
        { line: 10, problem: 'a value of 10 without a conversion' },
        { line: 11, problem: 'the days go back from 2 to 1' },
        { line: 12, problem: '1 days for 2 touches' },
        { line: 13, problem: '"x" is no day: days are numbers or dates, separated as the path is' },
      ],
      notes: ['1 row states neither conversions nor nulls: left out'],
    });
    expect(err).toMatch(/paths\.csv:3: the path is blank; left out/);
  });

  test('a model of attribution.yaml is known by its name', async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'attribution.yaml'), 'models: {house: {kind: position, first: 1, last: 1}}\n');
    expect(await credits(PATHS, '--model', 'house', '--config', folder)).toEqual({ a: 1, b: 1, c: 0, d: 1 });
    const { code, err } = await attributed(PATHS, '--model', 'huose', '--config', folder);
    expect(code).toBe(2);
    expect(err).toMatch(/there is no model "huose"\n {2}did you mean "house"\?/);
  });

  test.each([
    [['--model', 'markow'], /there is no model "markow"\n {2}did you mean "markov"\?/],
    [['--model', 'markov', '--order', '0'], /--order 0 is no order/],
    [['--model', 'first', '--order', '2'], /--order is for --model markov/],
    [['--model', 'time-decay', '--half-life', '-1'], /--half-life -1 is no number of days/],
    [['--model', 'position'], /which positions\?/],
    [['--model', 'position', '--positions', 'first=0,last=0'], /the shares add up to zero/],
    [['--model', 'position', '--positions', 'frist=1'], /no position "frist"\n {2}did you mean "first"\?/],
    [['--model', 'position', '--positions', 'first=-1'], /"-1" is no share/],
    [['--model', 'custom'], /--weight: the weight is empty/],
    [['--model', 'custom', '--weight', '[1].all(x, x > 0) ? 1 : 0'], /"all" is not offered/],
    [['--model', 'markov', '--worth', 'paths'], /--worth is for --model shapley/],
    [['--model', 'markov', '--format', 'xml'], /there is no --format "xml"/],
  ])('%j is wrong usage', async (options, message) => {
    const { code, err } = await attributed(PATHS, ...options);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  test('more than twelve channels are refused for Shapley with what to do', async () => {
    const many = `path,conversions\n${'abcdefghijklm'.split('').join('>')},1\n`;
    const { code, err } = await attributed(many, '--model', 'shapley');
    expect(code).toBe(1);
    expect(err).toMatch(/12 channels at most, and here are 13: group channels/);
  });

  test('a file without the columns, without rows or that is not there says so', async () => {
    expect((await attributed('pth,conversions\na,1\n', '--model', 'first')).err).toMatch(
      /has no column "path"\n {2}did you mean "pth"\?/,
    );
    expect((await attributed('path,conversions\n,1\n', '--model', 'first')).err).toMatch(
      /has no path that can be used\n {2}The first that cannot: line 2, the path is blank/,
    );
    expect((await sluiceHere('attribute', '--paths', '/nowhere.csv', '--model', 'first')).err).toMatch(
      /cannot be read/,
    );
  });

  test('writes CSV that no spreadsheet runs as a formula', async () => {
    const { out } = await attributed('path,conversions\n=HYPERLINK(1) > b,1\n', '--model', 'linear', '--format', 'csv');
    expect(out).toBe("channel,credit,value,share\r\n'=HYPERLINK(1),0.5,0,0.5\r\nb,0.5,0,0.5\r\n");
  });
});
