import { describe, expect, test } from '@jest/globals';
import { readFeedbackFile } from '../../../src/leads/feedback/read-file.ts';
import { UnusableFile } from '../../../src/model/read-csv.ts';

describe('a file of feedback', () => {
  test('is read with a byte order mark, semicolons, and columns in any order and spelling', () => {
    const file = readFeedbackFile('\ufeffResponse;Right Person;OFFER\r\naccepted;yes;of_1\r\n"rejected";;of_2\r\n');
    expect(file.rows).toEqual([
      { place: 2, written: { response: 'accepted', right_person: 'yes', offer: 'of_1' } },
      { place: 3, written: { response: 'rejected', right_person: '', offer: 'of_2' } },
    ]);
  });

  test('names its bad rows by line and leaves them out', () => {
    const rows = Array.from({ length: 9 }, (_, n) => `of_${n},accepted`);
    const file = readFeedbackFile(['offer,response', ...rows, 'of_9,accepted,1,2'].join('\n'));
    expect(file.rows).toHaveLength(9);
    expect(file.badRows).toEqual([{ line: 11, problem: '4 fields where the first line names 2' }]);
  });

  test('says which columns it does not read', () => {
    expect(readFeedbackFile('offer,account manager\nof_1,Jo').notes).toEqual(['column "account manager" is not read']);
  });

  test.each([
    ['a column that is nearly one', 'offer,respnse\nof_1,accepted', /"respnse", which is not read/],
    ['a column twice', 'offer,need,Need\nof_1,yes,no', /names the column need twice/],
    ['neither offer nor lead', 'partner,response\nAlder,accepted', /neither a column "offer" nor "lead"/],
    ['a quote that is never closed', 'offer,note\nof_1,"never\n', /never closed/],
    ['nothing', '', /empty/],
  ])('with %s is refused as a whole', (_what, text, problem) => {
    expect(() => readFeedbackFile(text)).toThrow(UnusableFile);
    expect(() => readFeedbackFile(text)).toThrow(problem);
  });
});
