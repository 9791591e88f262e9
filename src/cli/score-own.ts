/** `score learn` and `score status`: the score learned from the vendor's own outcomes, as it counts beside the rules. */

import { topReasons } from '../leads/predict/reasons.ts';
import type { Contest } from '../leads/predictive.ts';
import type { Scoring } from '../leads/scoring.ts';
import { learnScore, type ScoreStatus, scoreStatus } from '../leads/service/score-models.ts';
import { UnusableFile } from '../model/read-csv.ts';
import { answer, EXIT, UserError } from './context.ts';
import type { AppCommand } from './with-app.ts';

export const scoreOwn: AppCommand = async (app, io, options, [action]) => {
  const { predictive } = app.rules.scoring;
  const { clock } = await app.environment();
  if (action === 'learn') {
    try {
      const { status } = await learnScore(app.store.db, clock.now());
      answer(io, options, documentOf(status, predictive), () => statusText(status, predictive));
    } catch (error) {
      if (error instanceof UnusableFile) throw new UserError(error.message, { hint: error.hint });
      throw error;
    }
    return EXIT.done;
  }
  const status = await scoreStatus(app.store.db);
  answer(io, options, status && documentOf(status, predictive), () =>
    status === null
      ? 'No score was learned yet: the rules alone count. `sluice score learn` learns one from leads of known outcome.'
      : statusText(status, predictive),
  );
  return EXIT.done;
};

function documentOf({ model, ...status }: ScoreStatus, predictive: Scoring['predictive']) {
  return { ...status, counts: counts(status, predictive), reasons: topReasons(model), trained: model.trained };
}

/** Whether it has any part in the scores of leads. */
function counts({ inUse }: Pick<ScoreStatus, 'inUse'>, predictive: Scoring['predictive']): boolean {
  return predictive !== null && (inUse || predictive.use === 'always');
}

function statusText(status: ScoreStatus, predictive: Scoring['predictive']): string {
  const { version, trainedAt, tested, recent, drift, model } = status;
  const part =
    predictive === null
      ? 'It has no part in scores: scoring.yaml has no "predictive".'
      : counts(status, predictive)
        ? `It moves scores by ${predictive.weight} % of the way to its own${status.inUse ? '' : ', for scoring.yaml says "use: always"'}.`
        : 'It has no part in scores just now.';
  return [
    `${version}, learned ${trainedAt} from ${model.trained.leads} leads, ${Math.round(model.trained.wonShare * 100)} % of them won`,
    `  ${sentence(status.why)}. ${part}`,
    `  tested on the newest: ${contestText(tested)}`,
    `  since then: ${recent === null ? 'no outcome yet' : contestText(recent)}`,
    ...(drift === null
      ? ['  drift: too few leads came since to tell']
      : [
          `  drift: ${drift.score.toFixed(2)} (${driftWord(drift.score)}) over ${drift.leads} leads${drift.features[0] ? `, most in "${drift.features[0].column}" (${drift.features[0].index.toFixed(2)})` : ''}`,
        ]),
    '  what moves it most:',
    ...topReasons(model, 6).map(({ text, leads }) => `    ${text}, ${leads} leads`),
  ].join('\n');
}

function contestText({ leads, won, auc, rulesAuc }: Contest): string {
  return `${leads} leads, ${won} won; AUC ${auc.toFixed(3)}, of the rules ${rulesAuc.toFixed(3)}`;
}

/** The usual reading of the population stability index. */
function driftWord(index: number): string {
  if (index < 0.1) return 'stable';
  return index < 0.25 ? 'to be watched' : 'the leads are others now: learn anew';
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
