/** Acts on answers about who is who: persons that are one, and records that a lead without one is to be tied to. */
import { keepApartOnWord, releaseDoubted, uniteOnWord } from '../leads/service/answer-identity.ts';
import type { Queryable } from '../store/database.ts';
import type { Environment } from './environment.ts';
import { answerMatch } from './merge-creates.ts';
import { peoplePorts } from './people-ports.ts';

/** An answered question. */
export interface Answered {
  readonly id: string;
  readonly kind: string;
  readonly subject: unknown;
  readonly answer: string;
}

/** `same`, or `same ID` where there are several to choose from; anything else keeps them apart. */
export async function answerIdentity(env: Environment, tx: Queryable, answered: Answered, at: string): Promise<void> {
  const [word = '', chosen = ''] = answered.answer.split(' ');
  const subject = answered.subject as Record<string, unknown>;
  if (answered.kind === 'match') {
    await answerMatch(env, tx, subject, word === 'same' ? chosen : null, at);
  } else if (answered.kind === 'identity') {
    const person = String(subject.person);
    if (word === 'same') await uniteOnWord(tx, chosen, person, peoplePorts(env), at);
    else {
      await keepApartOnWord(tx, person, (subject.candidates as readonly string[] | undefined) ?? []);
      await releaseDoubted(tx, [person], at);
    }
  } else if (answered.kind === 'merge' && word === 'same') {
    const [a, b] = subject.people as readonly string[];
    await uniteOnWord(tx, String(a), String(b), peoplePorts(env), at);
  } else if (answered.kind === 'merge') {
    const [a, ...others] = subject.people as readonly string[];
    await keepApartOnWord(tx, String(a), others);
  }
}
