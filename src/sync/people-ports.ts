import type { PeoplePorts } from '../leads/service/people.ts';
import type { Environment } from './environment.ts';
import { divideShared } from './merge-divide.ts';
import { sharedPlan } from './merge-plan.ts';
import { uniteShared } from './merge-succession.ts';
import { personSources } from './person-sources.ts';

/** What the service of people asks of the sync. */
export function peoplePorts(env: Environment): PeoplePorts {
  return {
    sources: (tx, refs) => personSources(env, tx, refs),
    uniteShared: (tx, into, from, at) => uniteShared(tx, sharedPlan(env.connections), into, from, at),
    divideShared: (tx, into, from, kept, at) => divideShared(tx, sharedPlan(env.connections), into, from, kept, at),
  };
}
