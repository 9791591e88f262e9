import { Engine, type RuleProperties } from 'json-rules-engine';
import type { RoutableLead } from '../../src/leads/route-lead.ts';
import type { PartnerState } from '../../src/model/partner.ts';
import { type HandDecision, offerTo } from './by-hand.ts';
import { TWENTY } from './market.ts';

/**
 * The twenty routes as somebody would write them for json-rules-engine: one rule a route, one rule a partner with what it
 * covers as constants, all in one run a lead. The points are summed by hand, which that engine has no means for.
 */
export function jsonRules(partners: readonly PartnerState[]) {
  const engine = new Engine([...routeRules(), ...partners.map(partnerRule)], { allowUndefinedFacts: true });
  return async (lead: RoutableLead, state: readonly PartnerState[]): Promise<HandDecision> => {
    const { events } = await engine.run({
      country: lead.person.country,
      product: lead.person.product,
      grade: lead.score.grade,
      declined: lead.declined,
      rounds: lead.rounds,
      loads: Object.fromEntries(state.map(({ id, load }) => [id, load])),
    });
    const matched = new Set(events.filter(({ type }) => type === 'route').map(({ params }) => String(params?.name)));
    const eligible = new Set(events.filter(({ type }) => type === 'partner').map(({ params }) => String(params?.id)));
    const route = TWENTY.find(({ name }) => matched.has(name));
    const fitting = state.filter(({ id }) => eligible.has(id));
    return offerTo(lead, route, fitting);
  };
}

function routeRules(): RuleProperties[] {
  return TWENTY.map(({ name, country, grades }) => ({
    conditions: {
      all: [
        { fact: 'country', operator: 'equal', value: country },
        ...(grades ? [{ fact: 'grade', operator: 'in', value: [...grades] }] : []),
      ],
    },
    event: { type: 'route', params: { name } },
  }));
}

function partnerRule({ id, facts }: PartnerState): RuleProperties {
  return {
    conditions: {
      all: [
        { fact: 'declined', operator: 'doesNotContain', value: id },
        { fact: 'country', operator: 'in', value: facts.status === 'Active' ? [...facts.territories] : [] },
        {
          any: [
            { fact: 'product', operator: 'equal', value: null },
            { fact: 'product', operator: 'in', value: [...facts.competencies] },
          ],
        },
        ...(facts.capacity === null
          ? []
          : [{ fact: 'loads', path: `$.${id}`, operator: 'lessThan', value: facts.capacity }]),
      ],
    },
    event: { type: 'partner', params: { id } },
  };
}
