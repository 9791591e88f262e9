import { initial } from './0001-initial.ts';

/** One step of the schema; steps are never edited once released, only followed by others. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const migrations: readonly Migration[] = [initial];
