import { badRequest } from '../errors.ts';
import type { DuplicateMatch, DuplicateRule, MatchingRule } from '../org/duplicates.ts';
import { flag, items, type Meta, str } from './custom-field.ts';
import { type Kind, notThere, type Setup, splitName } from './kind.ts';

function matchingFrom(setup: Setup, fullName: string, meta: Meta, id: string): MatchingRule {
  const { object, name } = splitName(setup, fullName);
  const compared = (items(meta.matchingRuleItems) as Meta[]).map((one) => {
    const field = object.fields.get(str(one.fieldName).toLowerCase());
    if (!field || field.read) {
      throw badRequest('FIELD_INTEGRITY_EXCEPTION', `In field: fieldName - no field ${str(one.fieldName)} to match by`);
    }
    if (str(one.matchingMethod) !== 'Exact') {
      throw badRequest('FIELD_INTEGRITY_EXCEPTION', 'Only the matching method Exact is supported by this sandbox');
    }
    return { field, blanksMatch: str(one.blankValueBehavior) === 'MatchBlanks' };
  });
  if (compared.length === 0) throw badRequest('REQUIRED_FIELD_MISSING', 'A matching rule needs matchingRuleItems');
  const filter = str(meta.booleanFilter);
  return {
    id,
    object,
    name,
    label: str(meta.label) || name,
    active: str(meta.ruleStatus) === 'Active',
    items: compared,
    ways: waysOf(filter, compared.length),
    filter: filter || null,
  };
}

/** Reads a filter of the form `1 AND 2` or `1 OR (2 AND 3)`: lists of positions of which one has to hold. */
function waysOf(filter: string, count: number): number[][] {
  if (filter === '') return [Array.from({ length: count }, (_, i) => i)];
  const ways = filter.split(/\bOR\b/i).map((way) =>
    way
      .replace(/[()]/g, ' ')
      .split(/\bAND\b/i)
      .map((one) => Number(one) - 1),
  );
  if (/\([^()]*\bOR\b/i.test(filter) || ways.flat().some((i) => !Number.isInteger(i) || i < 0 || i >= count)) {
    throw badRequest(
      'FIELD_INTEGRITY_EXCEPTION',
      `Invalid booleanFilter: ${filter}. This sandbox reads alternatives (OR) of conjunctions (AND) only.`,
    );
  }
  return ways;
}

/** What makes two records alike: fullName Object.Rule. */
export const matchingRule: Kind = {
  exists: (setup, fullName) => setup.org.duplicates.matching.has(fullName.toLowerCase()),
  create: (setup, fullName, meta) => {
    const { matching } = setup.org.duplicates;
    const id = matching.get(fullName.toLowerCase())?.id ?? setup.org.newId('0JG');
    matching.set(fullName.toLowerCase(), matchingFrom(setup, fullName, meta, id));
  },
  update: (setup, fullName, meta) => {
    if (!matchingRule.exists(setup, fullName)) throw notThere('MatchingRule', fullName);
    matchingRule.create(setup, fullName, meta);
  },
  remove: (setup, fullName) => {
    const { matching, rules } = setup.org.duplicates;
    for (const rule of rules.values()) {
      if (rule.matches.some((one) => one.rule.toLowerCase() === fullName.toLowerCase())) {
        throw badRequest(
          'DEPENDENCY_EXISTS',
          `The matching rule ${fullName} is used by the duplicate rule ${rule.name}`,
        );
      }
    }
    if (!matching.delete(fullName.toLowerCase())) throw notThere('MatchingRule', fullName);
  },
  read: (setup, fullName) => {
    const rule = setup.org.duplicates.matching.get(fullName.toLowerCase());
    if (!rule) return undefined;
    return {
      ...(rule.filter === null ? {} : { booleanFilter: rule.filter }),
      label: rule.label,
      matchingRuleItems: rule.items.map((one) => ({
        blankValueBehavior: one.blanksMatch ? 'MatchBlanks' : 'NullNotAllowed',
        fieldName: one.field.name,
        matchingMethod: 'Exact',
      })),
      ruleStatus: rule.active ? 'Active' : 'Inactive',
    };
  },
  list: (setup) => [...setup.org.duplicates.matching.values()].map((rule) => `${rule.object.name}.${rule.name}`),
};

function actionFrom(action: unknown, operations: unknown) {
  const block = str(action) === 'Block';
  return { block, alert: !block && items(operations).map(str).includes('Alert') };
}

function duplicateFrom(setup: Setup, fullName: string, meta: Meta, id: string): DuplicateRule {
  const { object, name } = splitName(setup, fullName);
  const matches = (items(meta.duplicateRuleMatchRules) as Meta[]).map((one): DuplicateMatch => {
    const rule = `${str(one.matchRuleSObjectType)}.${str(one.matchingRule)}`;
    if (!matchingRule.exists(setup, rule)) throw notThere('MatchingRule', rule);
    const pairs = items((one.objectMapping as Meta | undefined)?.mappingFields) as Meta[];
    return { rule, mapping: new Map(pairs.map((pair) => [str(pair.outputField), str(pair.inputField)])) };
  });
  return {
    id,
    object,
    name,
    label: str(meta.masterLabel) || name,
    active: flag(meta.isActive),
    onInsert: actionFrom(meta.actionOnInsert, meta.operationsOnInsert),
    onUpdate: actionFrom(meta.actionOnUpdate, meta.operationsOnUpdate),
    alertText: str(meta.alertText) || 'Use one of these records?',
    sortOrder: Number(str(meta.sortOrder) || 1),
    matches,
  };
}

/** What happens when a saved record is like another: fullName Object.Rule. */
export const duplicateRule: Kind = {
  exists: (setup, fullName) => setup.org.duplicates.rules.has(fullName.toLowerCase()),
  create: (setup, fullName, meta) => {
    const { rules } = setup.org.duplicates;
    const id = rules.get(fullName.toLowerCase())?.id ?? setup.org.newId('0Bm');
    rules.set(fullName.toLowerCase(), duplicateFrom(setup, fullName, meta, id));
  },
  update: (setup, fullName, meta) => {
    if (!duplicateRule.exists(setup, fullName)) throw notThere('DuplicateRule', fullName);
    duplicateRule.create(setup, fullName, meta);
  },
  remove: (setup, fullName) => {
    if (!setup.org.duplicates.rules.delete(fullName.toLowerCase())) throw notThere('DuplicateRule', fullName);
  },
  read: (setup, fullName) => {
    const rule = setup.org.duplicates.rules.get(fullName.toLowerCase());
    if (!rule) return undefined;
    const operations = ({ alert }: { alert: boolean }) => (alert ? ['Alert'] : []);
    return {
      actionOnInsert: rule.onInsert.block ? 'Block' : 'Allow',
      actionOnUpdate: rule.onUpdate.block ? 'Block' : 'Allow',
      alertText: rule.alertText,
      duplicateRuleMatchRules: rule.matches.map((one) => ({
        matchRuleSObjectType: one.rule.split('.')[0],
        matchingRule: one.rule.split('.')[1],
      })),
      isActive: rule.active,
      masterLabel: rule.label,
      operationsOnInsert: operations(rule.onInsert),
      operationsOnUpdate: operations(rule.onUpdate),
      securityOption: 'BypassSharingRules',
      sortOrder: rule.sortOrder,
    };
  },
  list: (setup) => [...setup.org.duplicates.rules.values()].map((rule) => `${rule.object.name}.${rule.name}`),
};

/** A duplicate rule of an object of people, in short. */
export interface PeopleRule {
  readonly object: 'Lead' | 'Contact';
  /** Same email, or same first and last name at the same company. */
  readonly by: 'email' | 'name';
  /** `alert` refuses unless the request allows saving, `block` always. */
  readonly action: 'alert' | 'block';
  /** Changes are looked at too, not only new records. */
  readonly onUpdate?: boolean;
}

/** Deploys the rule with its matching rule. */
export function deployPeopleRule(setup: Setup, rule: PeopleRule): void {
  const company = rule.object === 'Lead' ? 'Company' : 'AccountId';
  const fields = rule.by === 'email' ? ['Email'] : ['LastName', 'FirstName', company];
  const name = `Same_${rule.by}`;
  matchingRule.create(setup, `${rule.object}.${name}`, {
    label: name,
    ruleStatus: 'Active',
    matchingRuleItems: fields.map((fieldName) => ({ fieldName, matchingMethod: 'Exact' })),
  });
  const operation = rule.action === 'alert' ? ['Alert', 'Report'] : [];
  duplicateRule.create(setup, `${rule.object}.${name}`, {
    isActive: true,
    masterLabel: name,
    actionOnInsert: rule.action === 'alert' ? 'Allow' : 'Block',
    operationsOnInsert: operation,
    actionOnUpdate: rule.onUpdate && rule.action === 'block' ? 'Block' : 'Allow',
    operationsOnUpdate: rule.onUpdate ? operation : [],
    alertText: 'Use one of these records?',
    duplicateRuleMatchRules: [{ matchRuleSObjectType: rule.object, matchingRule: name }],
  });
}
