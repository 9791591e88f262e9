/** config/feedback.yaml: in which words partners speak of leads, and how what they say is judged. */
import { suggestion } from '../../mapping/yaml-file.ts';
import { type RuleFile, readRuleFile } from '../rule-file.ts';
import { fold } from '../text.ts';
import { feedbackSchema } from './feedback-schema.ts';

export interface Reason {
  readonly code: string;
  readonly text: string;
  readonly of: 'lead' | 'partner' | 'neither';
}

export interface PartnerStage {
  readonly name: string;
  readonly means: 'working' | 'qualified';
}

export interface DiagnosisRules {
  readonly overDays: number;
  readonly least: number;
  readonly confidence: number;
  readonly falseAlarms: number;
}

export interface FeedbackRules {
  readonly reasons: readonly Reason[];
  readonly stages: readonly PartnerStage[];
  /** Reasons for which a lead may be handed back to marketing. */
  readonly nurture: readonly Reason[];
  readonly diagnosis: DiagnosisRules;
  /** Finds a reason by its code, its text or another way of writing it, whatever the case and accents; else null. */
  reasonOf(written: string): Reason | null;
  /** Finds a stage by its name in the same way. */
  stageOf(written: string): PartnerStage | null;
}

type Document = ReturnType<typeof feedbackSchema.parse>;

/** Reads feedback.yaml; throws a ConfigError with every problem and its place. */
export function compileFeedback(file: string, text: string): FeedbackRules {
  const source = readRuleFile<Document>(file, text, feedbackSchema);
  const { reasons, stages, nurture, diagnosis } = source.value;
  const written = new Map<string, Reason>();
  for (const [n, { code, text: words, of, also }] of reasons.entries()) {
    const reason = { code, text: words, of };
    const places = [
      ['code', code],
      ['text', words],
    ] as const;
    for (const [key, word] of places) claim(source, written, reason, ['reasons', n, key], word);
    for (const [place, word] of also.entries()) claim(source, written, reason, ['reasons', n, 'also', place], word);
  }
  const staged = new Map<string, PartnerStage>();
  for (const [n, stage] of stages.entries()) {
    const key = fold(stage.name);
    if (staged.has(key)) source.problem(['stages', n, 'name'], `a second stage is called "${stage.name}"`);
    staged.set(key, stage);
  }
  const byCode = new Map([...written.values()].map((reason) => [reason.code, reason]));
  const codes = [...byCode.keys()];
  const back = nurture.flatMap((code, n) => {
    const reason = byCode.get(code);
    if (reason === undefined)
      source.problem(['nurture', n], `no reason has the code "${code}"`, suggestion(code, codes));
    if (nurture.indexOf(code) < n) source.problem(['nurture', n], `"${code}" is named twice`);
    return reason ?? [];
  });
  const overDays = Number.parseInt(diagnosis.over, 10);
  if (overDays === 0) source.problem(['diagnosis', 'over'], 'in no time at all nobody has answered');
  source.done();
  return {
    reasons: [...byCode.values()],
    stages,
    nurture: back,
    diagnosis: { ...diagnosis, overDays },
    reasonOf: (word) => written.get(fold(word)) ?? null,
    stageOf: (word) => staged.get(fold(word)) ?? null,
  };
}

/** Lets a way of writing mean a reason; two reasons cannot be written alike. */
function claim(
  source: RuleFile<Document>,
  written: Map<string, Reason>,
  reason: Reason,
  path: readonly (string | number)[],
  word: string,
): void {
  const key = fold(word);
  const other = written.get(key);
  if (key === '') source.problem(path, `"${word}" has neither letters nor digits`);
  else if (other !== undefined && other.code !== reason.code)
    source.problem(path, `"${word}" already means the reason ${other.code}`, 'two reasons cannot be written alike');
  else if (other !== undefined && path.at(-1) === 'code')
    source.problem(path, `a second reason has the code "${word}"`, 'give it its own code');
  else written.set(key, reason);
}
