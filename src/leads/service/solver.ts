import type { Solve } from '../methods/assignment.ts';

type Start = () => Promise<{
  solve(programme: string): {
    readonly Status: string;
    readonly Columns: Readonly<Record<string, { readonly Primal?: number }>>;
  };
}>;

let ready: Promise<Solve> | null = null;

/** The solver of linear programmes (HiGHS, as WebAssembly), loaded when it is first needed. */
export function loadSolver(): Promise<Solve> {
  ready ??= load();
  return ready;
}

async function load(): Promise<Solve> {
  // Its types are those of a module with a default export, which it is not.
  const { default: start } = (await import('highs')) as unknown as { readonly default: Start };
  const highs = await start();
  return (programme) => {
    const solution = highs.solve(programme);
    if (solution.Status !== 'Optimal')
      throw new Error(`the best whole was not found: the solver says ${solution.Status}`);
    return Object.fromEntries(Object.entries(solution.Columns).map(([name, { Primal = 0 }]) => [name, Primal]));
  };
}
