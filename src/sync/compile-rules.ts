import { createHash } from 'node:crypto';
import type { Config } from '../config/load.ts';
import { compileIntake } from '../leads/intake.ts';
import { compileRouting } from '../leads/routing.ts';
import { compileScoring } from '../leads/scoring.ts';
import { ConfigError } from '../model/config-error.ts';
import { compileAttribution } from '../revenue/config.ts';
import type { Rules } from './environment.ts';

/** Compiles all rule files; throws one ConfigError with the problems of every file. */
export function compileRules(config: Config): Rules {
  const problems: ConfigError[] = [];
  const attempt = <T>(compile: () => T): T | undefined => {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(error);
      return undefined;
    }
  };
  const { intake, scoring, routing, attribution } = config.rules;
  const compiled = {
    intake: attempt(() => compileIntake(intake.file, intake.text)),
    scoring: attempt(() => compileScoring(scoring.file, scoring.text)),
    routing: attempt(() => compileRouting(routing.file, routing.text)),
    attribution: attempt(() => compileAttribution(attribution.file, attribution.text)),
  };
  if (!compiled.intake || !compiled.scoring || !compiled.routing || !compiled.attribution) {
    throw new ConfigError(problems.flatMap((error) => error.problems));
  }
  return {
    intake: compiled.intake,
    scoring: compiled.scoring,
    routing: compiled.routing,
    attribution: compiled.attribution,
    routingHash: createHash('sha256').update(routing.text).digest('hex'),
  };
}
