/** What the deals domain takes from others without knowing them: the language of conditions, working time, the matching of companies. */
import { type DealsConfig, dealsSchema } from '../deals/deals-schema.ts';
import type { AccountMatcher } from '../deals/judge.ts';
import { type RuleSource, type Stretch, wholeUnits } from '../deals/rules.ts';
import { readCompanyName } from '../leads/matching/company-name.ts';
import type { CompanyRecord } from '../leads/matching/evidence.ts';
import { matchCompanies, type PreparedCompany, prepareCompany } from '../leads/matching/match-companies.ts';
import type { MatchRules } from '../leads/matching/match-config.ts';
import { isOwnWord } from '../leads/matching/name-words.ts';
import { readRuleFile } from '../leads/rule-file.ts';
import { dealContext } from '../leads/rule-scope.ts';
import { dueAfter } from '../leads/sla/clock.ts';
import { DURATION_FORM, lengthFault, readDuration } from '../leads/sla/duration.ts';
import { calendarFor, type Sla } from '../leads/sla/sla.ts';
import type { AccountIdentity } from '../model/registration.ts';

/** config/deals.yaml, read, with the calendars of sla.yaml; throws a ConfigError where its shape is wrong. */
export function dealSource(file: string, text: string, sla: Sla): RuleSource {
  const source = readRuleFile<DealsConfig>(file, text, dealsSchema);
  return {
    value: source.value,
    condition(path, typed) {
      const condition = source.condition(path, typed, 'registration');
      return ({ amount, product, country, source: by, hasOpportunity, partner }) =>
        condition.test(
          dealContext(
            {
              amount: amount && wholeUnits(amount),
              currency: amount?.currency ?? null,
              ...{ product, country, source: by, hasOpportunity },
            },
            partner,
          ),
        );
    },
    stretch(path, typed): Stretch {
      const duration = readDuration(typed);
      const fault = duration === null ? `"${typed}" is no time` : lengthFault(duration);
      if (fault !== null || duration === null) {
        source.problem(path, fault ?? `"${typed}" is no time`, DURATION_FORM);
        return { text: typed, after: (from) => from, share: (from) => from };
      }
      const calendar = ({ country, timeZone }: Parameters<Stretch['after']>[1]) =>
        calendarFor(sla, { calendar: null }, { country, zone: timeZone });
      const after: Stretch['after'] = (from, place) => dueAfter(from, duration, calendar(place));
      return {
        text: duration.text,
        after,
        share(from, percent, place) {
          const end = after(from, place);
          if (duration.counting === 'elapsed') return from + Math.round(((end - from) * percent) / 100);
          const hours = calendar(place);
          return hours.after(from, Math.round((hours.between(from, end) * percent) / 100));
        },
      };
    },
    problem: (path, message, hint) => source.problem(path, message, hint),
    done: () => source.done(),
  };
}

/** That a company's own domain alone tells it; shared ones (groups, franchises) are the rest. */
const DOMAIN_ALONE = 0.95;

/** The matching of matching.yaml, for companies that deals are about. */
export function accountMatcher(rules: MatchRules): AccountMatcher {
  // A registration is compared with many claims, and most of these with many registrations.
  const prepared = new WeakMap<AccountIdentity, PreparedCompany>();
  const prepare = (account: AccountIdentity): PreparedCompany => {
    const ready = prepared.get(account) ?? prepareCompany(companyOf(account));
    prepared.set(account, ready);
    return ready;
  };
  return {
    compare(left, right) {
      const [one, other] = [left.record, right.record];
      if (one && other && one.connection === other.connection && one.id === other.id)
        return { probability: 1, zone: 'same', reasons: ['the same record in the CRM'] };
      // Where a name is not known there is nothing to speak against it.
      if (left.domain !== null && left.domain === right.domain && (left.name === null || right.name === null))
        return { probability: DOMAIN_ALONE, zone: 'same', reasons: [`the same domain, ${left.domain}`] };
      return matchCompanies(prepare(left), prepare(right), rules);
    },
    key: (name) => readCompanyName(name).key || null,
    words(name) {
      const { words } = readCompanyName(name);
      const own = words.filter(isOwnWord);
      return [...new Set((own.length > 0 ? own : words).map(({ text }) => text))];
    },
  };
}

function companyOf({ name, domain, country, city }: AccountIdentity): CompanyRecord {
  const unknown = { id: '', phone: null, street: null, postalCode: null, parentId: null };
  return { ...unknown, name, domain, country, city };
}
