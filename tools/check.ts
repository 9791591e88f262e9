/**
 * `npm run check`: everything that can be said of the sources without running them, one line a step. All steps run, side
 * by side, so that one look shows all there is to mend; the exit code is 1 where any of them failed.
 */
import { cruise } from './check/imports.ts';
import { type Ran, runPackage } from './check/run.ts';
import { selfTest } from './check/self-test.ts';

interface Result {
  /** What is wrong, for people; empty: nothing. */
  readonly wrong: readonly string[];
  readonly found: string;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Result>;
}

const STEPS: readonly Step[] = [
  { name: 'types', run: async () => told(await runPackage('typescript', 'tsc', ['--noEmit']), 'TypeScript agrees') },
  {
    name: 'lint',
    run: async () =>
      told(await runPackage('@biomejs/biome', 'biome', ['check', '--max-diagnostics=50', '.']), 'Biome agrees'),
  },
  {
    name: 'imports',
    run: async () => {
      const { violations, unseen, files, rules } = await cruise(process.cwd());
      return {
        wrong: [
          ...unseen.map((file) => `${file} was not looked at`),
          ...violations.map(({ rule, comment, from, to }) => `${from} -> ${to}\n  ${rule}: ${comment}`),
        ],
        found: `${files} files keep ${rules.length} rules`,
      };
    },
  },
  {
    name: 'unused',
    run: async () => told(await runPackage('knip', 'knip', ['--no-progress']), 'knip finds nothing unused'),
  },
  {
    name: 'self-test',
    run: async () => ({ wrong: await selfTest(), found: 'every planted violation was found' }),
  },
];

function told({ code, stdout, stderr }: Ran, found: string): Result {
  return { wrong: code === 0 ? [] : [`${stdout}${stderr}`.trim() || `ended with exit code ${code}`], found };
}

async function timed({ name, run }: Step): Promise<Result & { name: string; seconds: string }> {
  const start = performance.now();
  // A tool that cannot run is as wrong as what it would have found.
  const result = await run().catch((error: unknown): Result => ({ wrong: [String(error)], found: '' }));
  return { ...result, name, seconds: ((performance.now() - start) / 1000).toFixed(1) };
}

let failed = 0;
for (const running of STEPS.map(timed)) {
  const { name, wrong, found, seconds } = await running;
  if (wrong.length === 0) {
    console.log(`ok    ${name.padEnd(10)} ${found} (${seconds} s)`);
  } else {
    failed += 1;
    console.log(`FAIL  ${name.padEnd(10)} (${seconds} s)\n${wrong.join('\n').replace(/^/gm, '      ')}`);
  }
}
console.log(failed === 0 ? 'check: all is well' : `check: ${failed} of ${STEPS.length} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
