import type { Finding } from '../leads/feedback/diagnosis.ts';
import type { Rating } from '../leads/feedback/measures.ts';
import type { FeedbackDiagnosis } from '../leads/service/diagnosis.ts';
import type { Column, Report, Row, Table } from '../model/report.ts';

const text = (key: string, title: string): Column => ({ key, title, type: 'text' });
const count = (key: string, title: string): Column => ({ key, title, type: 'count' });
const rate = (key: string, title: string): Column => ({ key, title, type: 'rate' });

/** The report `feedback`: what stands out first, then every group under both questions, then every measure. */
export function feedbackReport({ findings, ratings, answers, from, to }: FeedbackDiagnosis): Report {
  const plain = findings.filter(({ looks }) => looks === 'worse' || looks === 'better');
  const period = `${answers} answers from ${from.slice(0, 10)} to ${to.slice(0, 10)}`;
  return {
    name: 'feedback',
    tables: [
      {
        name: 'standsOut',
        title: `What stands out of ${period}`,
        columns: [
          text('question', 'Question'),
          text('dimension', 'By'),
          text('group', 'Group'),
          text('verdict', 'Verdict'),
        ],
        rows: plain.map(({ question, dimension, group, verdict }) => ({ question, dimension, group, verdict })),
        totals: [],
      },
      questionTable('rejections', 'Rejected offers', 'rejected', findings),
      questionTable('quality', 'Leads called poor: a measure of quality was answered no', 'poor quality', findings),
      measureTable(ratings),
    ],
  };
}

function questionTable(
  name: string,
  title: string,
  question: Finding['question'],
  findings: readonly Finding[],
): Table {
  return {
    name,
    title,
    columns: [
      text('dimension', 'By'),
      text('group', 'Group'),
      count('answers', 'Answers'),
      count('hits', 'Of these'),
      rate('share', 'Share'),
      rate('low', 'From'),
      rate('high', 'To'),
      rate('others', 'Others alike'),
      rate('q', 'q'),
      text('looks', 'Looks'),
      text('verdict', 'Verdict'),
    ],
    rows: findings
      .filter((each) => each.question === question)
      .map(
        ({ dimension, group, share, low, high, others, q, looks, verdict }): Row => ({
          dimension,
          group,
          answers: share.of,
          hits: share.hits,
          share: decimal(share.hits / share.of),
          low: decimal(low),
          high: decimal(high),
          others: decimal(others),
          q: decimal(q),
          looks,
          verdict,
        }),
      ),
    totals: [],
  };
}

function measureTable(ratings: readonly Rating[]): Table {
  return {
    name: 'measures',
    title: 'Measures of quality',
    columns: [
      text('dimension', 'By'),
      text('group', 'Group'),
      text('measure', 'Measure'),
      count('yes', 'Yes'),
      count('no', 'No'),
      count('unknown', 'Unknown'),
      rate('share', 'Share of no'),
      rate('low', 'From'),
      rate('high', 'To'),
    ],
    rows: ratings.map(({ dimension, group, measure, yes, no, unknown, low, high }) => ({
      dimension,
      group,
      measure,
      yes,
      no,
      unknown,
      share: yes + no === 0 ? null : decimal(no / (yes + no)),
      low: decimal(low),
      high: decimal(high),
    })),
    totals: [],
  };
}

function decimal(value: number | null): string | null {
  return value === null ? null : value.toFixed(3);
}
