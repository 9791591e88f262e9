/** What a decision on one registration rests on, made of the claims that were loaded for it. */
import { isProtected, type Registration } from '../../model/registration.ts';
import { type Asked, judgeRegistration, sameProduct } from '../judge.ts';
import type { Situation } from '../registration.ts';
import type { Rival } from '../second.ts';
import type { Claims } from './claims.ts';
import type { DealPorts, Partners } from './deal-desk.ts';

/** @param asked the registration, or what is asked to become one (without an id) */
export function situationOf(
  asked: Asked,
  claims: Claims,
  { rules, matcher }: Pick<DealPorts, 'rules' | 'matcher'>,
  partners: Partners,
  now: number,
): Situation {
  const near = claims.near(asked.account);
  const isSame = (account: Asked['account']) => matcher.compare(asked.account, account).zone === 'same';
  const incumbents = new Set(
    near.flatMap(({ business, account }) => (business !== undefined && isSame(account) ? business : [])),
  );
  const rivals = near.flatMap(({ live }): Rival[] => {
    if (live === undefined || live.id === asked.id || live.partnerId === asked.partnerId) return [];
    if (live.state !== 'Pending' && !isProtected(live, now)) return [];
    if (!sameProduct(live.product, asked.product) || !isSame(live.account)) return [];
    const { partnerId } = live;
    return [{ registration: live, partner: partners.nameOf(partnerId), isIncumbent: incumbents.has(partnerId) }];
  });
  const judged = judgeRegistration(
    asked,
    near.flatMap(({ claim }) => claim ?? []),
    matcher,
    rules.weights,
  );
  return { now, rules, judged, rivals, isIncumbent: incumbents.has(asked.partnerId) };
}

export function askedOf({ id, partnerId, account, product, opportunityId }: Registration): Asked {
  return { id, partnerId, account, product, opportunityId };
}
