import { suggestion } from '../mapping/yaml-file.ts';
import { EXIT, UserError } from './context.ts';

interface Named {
  readonly id: string;
  readonly facts: { readonly name: string };
}

/**
 * The one partner of this id or name, whatever its case; or the only one whose name begins so. Throws a UserError otherwise.
 * @param usage how to say which, for whoever says none
 */
export function partnerNamed<T extends Named>(all: readonly T[], name: string | undefined, usage: string): T {
  if (name === undefined) throw new UserError('which partner?', { hint: usage, exit: EXIT.usage });
  const sought = name.toLowerCase();
  const exact = all.filter(({ id, facts }) => id === name || facts.name.toLowerCase() === sought);
  const found = exact.length > 0 ? exact : all.filter(({ facts }) => facts.name.toLowerCase().startsWith(sought));
  const [one] = found;
  if (one === undefined)
    throw new UserError(`there is no partner "${name}"`, {
      hint:
        suggestion(
          name,
          all.map(({ facts }) => facts.name),
        ) ?? '`sluice partners` lists them.',
    });
  if (found.length > 1)
    throw new UserError(`several partners are called "${name}"`, {
      hint: `Say which by its id: ${found.map(({ id, facts }) => `${id} (${facts.name})`).join(', ')}.`,
    });
  return one;
}
