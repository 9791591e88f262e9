import { badRequest } from '../errors.ts';
import type { ValidationRule } from '../org/automation.ts';
import { flag, type Meta, str } from './custom-field.ts';
import { type Kind, notThere, type Setup, splitName } from './kind.ts';

const MAX_MESSAGE = 255;

function ruleFrom(setup: Setup, fullName: string, meta: Meta, id: string): ValidationRule {
  const { object, name } = splitName(setup, fullName);
  const message = str(meta.errorMessage);
  if (message === '') throw badRequest('REQUIRED_FIELD_MISSING', 'Required field is missing: errorMessage');
  if (message.length > MAX_MESSAGE) {
    throw badRequest('STRING_TOO_LONG', `Error Message: data value too large (max length=${MAX_MESSAGE})`);
  }
  const shown = str(meta.errorDisplayField);
  const field = shown === '' ? undefined : object.fields.get(shown.toLowerCase());
  if (shown !== '' && !field) {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', `In field: errorDisplayField - no CustomField named ${shown} found`);
  }
  const formula = str(meta.errorConditionFormula);
  const uses = new Set<string>();
  return {
    id,
    object,
    name,
    active: flag(meta.active),
    formula,
    message,
    displayField: field?.name ?? null,
    description: str(meta.description) || null,
    fails: setup.org.automation.condition(object, formula, (one) => uses.add(one)),
    uses: [...uses],
  };
}

/** The metadata of a rule, as readMetadata shows it. */
export function metadataOfRule(rule: ValidationRule): Meta {
  return {
    active: rule.active,
    ...(rule.description === null ? {} : { description: rule.description }),
    errorConditionFormula: rule.formula,
    ...(rule.displayField === null ? {} : { errorDisplayField: rule.displayField }),
    errorMessage: rule.message,
  };
}

/** Rules that records have to keep to: fullName Object.Rule. */
export const validationRule: Kind = {
  exists: (setup, fullName) => setup.org.automation.rule(fullName) !== undefined,
  create: (setup, fullName, meta) => {
    if (validationRule.exists(setup, fullName)) {
      throw badRequest('DUPLICATE_DEVELOPER_NAME', `There is already a validation rule named ${fullName}.`);
    }
    setup.org.automation.setRule(ruleFrom(setup, fullName, meta, setup.org.newId('03d')));
  },
  update: (setup, fullName, meta) => {
    const rule = setup.org.automation.rule(fullName);
    if (!rule) throw notThere('ValidationRule', fullName);
    setup.org.automation.setRule(ruleFrom(setup, fullName, meta, rule.id));
  },
  remove: (setup, fullName) => {
    const rule = setup.org.automation.rule(fullName);
    if (!rule) throw notThere('ValidationRule', fullName);
    setup.org.automation.removeRule(rule);
  },
  read: (setup, fullName) => {
    const rule = setup.org.automation.rule(fullName);
    return rule && metadataOfRule(rule);
  },
  list: (setup) => [...setup.org.automation.rules].map((rule) => `${rule.object.name}.${rule.name}`),
};
