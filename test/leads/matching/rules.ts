import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileMatching } from '../../../src/leads/matching/match-config.ts';

const matchingFile = fileURLToPath(new URL('../../../config/matching.yaml', import.meta.url));

/** As shipped. */
export const rules = compileMatching(matchingFile, readFileSync(matchingFile, 'utf8'));
