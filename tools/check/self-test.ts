/** Proves that the checks see: a violation of everything they guard is planted in a folder of its own and must be found. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise } from './imports.ts';
import { GROUND, PLANTS } from './plants.ts';
import { ROOT, runPackage } from './run.ts';

/** What was planted and not found, or found and never planted; empty when all is well. */
export async function selfTest(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-check-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const tests = [importRules, types, lint, unused].map((test, place) => {
      const mine = join(folder, String(place));
      mkdirSync(mine);
      return test(mine);
    });
    return (await Promise.all(tests)).flat();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

async function importRules(folder: string): Promise<string[]> {
  write(folder, 'package.json', JSON.stringify({ dependencies: { zod: '*' }, devDependencies: { 'fast-check': '*' } }));
  for (const file of GROUND) write(folder, file, 'export {};\n');
  for (const { file, source } of PLANTS) write(folder, file, `${source}\nexport {};\n`);
  const { violations, unseen, rules } = await cruise(folder);
  const wrong = unseen.map((file) => `dependency-cruiser did not look at ${file}`);
  for (const { rule, file, source } of PLANTS) {
    // A circle is told once, from one of its files.
    const found = violations
      .filter(({ from, to }) => from === file || to.split(' -> ').includes(file))
      .map((violation) => violation.rule);
    if (rule === null) {
      for (const name of found) wrong.push(`${name} forbids what is allowed: ${source} in ${file}`);
    } else if (!found.includes(rule)) {
      wrong.push(`${rule} is not seen broken by: ${source} in ${file}`);
    }
  }
  const planted = new Set(PLANTS.map((plant) => plant.rule));
  for (const rule of rules)
    if (!planted.has(rule)) wrong.push(`no violation of ${rule} is planted in tools/check/plants.ts`);
  return wrong;
}

async function types(folder: string): Promise<string[]> {
  write(folder, 'package.json', JSON.stringify({ type: 'module' }));
  write(folder, 'tsconfig.json', JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), include: ['*.ts'] }));
  write(
    folder,
    'planted.ts',
    'enum Planted {}\nexport const first: number = [1][0];\nexport const text: string = 1;\n',
  );
  const { stdout } = await runPackage('typescript', 'tsc', ['--noEmit', '-p', folder], { cwd: folder });
  const expected = { TS1294: 'an enum', TS2322: 'a number given as text', TS6196: 'an unused name' };
  return notSeen('TypeScript', expected, stdout);
}

async function lint(folder: string): Promise<string[]> {
  copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
  write(folder, 'planted.ts', "import { x } from './x.ts';\nexport const a: any = 'badly'   ;\n");
  const { stdout, stderr } = await runPackage('@biomejs/biome', 'biome', ['check', '.'], { cwd: folder });
  const expected = { noExplicitAny: 'an any', noUnusedImports: 'an unused import', format: 'bad form' };
  return notSeen('Biome', expected, stdout + stderr);
}

async function unused(folder: string): Promise<string[]> {
  write(folder, 'package.json', JSON.stringify({ name: 'planted', type: 'module', dependencies: { zod: '*' } }));
  write(folder, 'knip.json', JSON.stringify({ entry: ['main.ts'], project: ['*.ts'] }));
  write(folder, 'main.ts', "import { used } from './part.ts';\nused();\n");
  write(folder, 'part.ts', 'export const used = () => 1;\nexport const idleExport = 2;\n');
  write(folder, 'idle-file.ts', 'export {};\n');
  const { stdout } = await runPackage('knip', 'knip', ['--no-progress'], { cwd: folder });
  const expected = { zod: 'an unused package', idleExport: 'an unused export', 'idle-file.ts': 'an unused file' };
  return notSeen('knip', expected, stdout);
}

function notSeen(tool: string, expected: Readonly<Record<string, string>>, output: string): string[] {
  return Object.entries(expected)
    .filter(([sign]) => !output.includes(sign))
    .map(([sign, what]) => `${tool} does not see ${what} (${sign}):\n${output}`);
}
