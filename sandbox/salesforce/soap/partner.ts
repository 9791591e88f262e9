/** The calls of the partner API that have no REST counterpart, lead conversion above all. */
import { badRequest, SalesforceError } from '../errors.ts';
import { showDatetime } from '../format.ts';
import { items } from '../metadata/custom-field.ts';
import { type Conversion, convertLead } from '../org/convert.ts';
import type { Caller, Org } from '../org/org.ts';
import { personName } from '../schema/define.ts';
import { binCall } from './bin.ts';
import { type Element, textOf, toXml } from './xml.ts';

const MAX_CONVERSIONS = 100;

/** Answers one call with the content of its response element. */
export function partnerCall(org: Org, caller: Caller, method: string, args: Element, allOrNone: boolean): string {
  switch (method) {
    case 'convertLead':
      return convertLeads(org, caller, items(args.leadConverts) as Element[], allOrNone);
    case 'getServerTimestamp':
      return toXml('result', { timestamp: showDatetime(org.clock.now()).replace('+0000', 'Z') });
    case 'getUserInfo':
      return toXml('result', userInfo(org, caller));
    case 'logout':
      return '';
    default: {
      const answer = binCall(org, caller, method, args);
      if (answer !== undefined) return answer;
      throw badRequest(
        'INVALID_OPERATION',
        `No operation available for request {urn:partner.soap.sforce.com}${method}`,
      );
    }
  }
}

function convertLeads(org: Org, caller: Caller, wanted: Element[], allOrNone: boolean): string {
  if (wanted.length > MAX_CONVERSIONS) {
    throw badRequest(
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${MAX_CONVERSIONS} records into this call`,
    );
  }
  let results: Element[] = [];
  const run = () => {
    results = wanted.map((one) => attempt(org, caller, one));
    if (allOrNone && results.some((one) => one.success !== true)) throw new RolledBack();
  };
  try {
    org.atomically(run);
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    const rolledBack = badRequest(
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'Record rolled back because not all records were valid',
    );
    results = results.map((one, i) => (one.success === true ? failure(wanted[i] ?? {}, rolledBack) : one));
  }
  return results.map((one) => toXml('result', one)).join('');
}

class RolledBack extends Error {}

function attempt(org: Org, caller: Caller, one: Element): Element {
  try {
    const converted = convertLead(org, caller, conversion(one));
    return {
      accountId: converted.accountId,
      contactId: converted.contactId,
      leadId: converted.leadId,
      opportunityId: converted.opportunityId,
      success: true,
    };
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return failure(one, error);
  }
}

function failure(one: Element, error: SalesforceError): Element {
  const { errorCode, message, fields } = error.entry;
  return {
    accountId: null,
    contactId: null,
    errors: { ...(fields?.length ? { fields } : {}), message, statusCode: errorCode },
    leadId: textOf(one.leadId) ?? null,
    opportunityId: null,
    success: false,
  };
}

function conversion(one: Element): Conversion {
  const optional = (name: keyof Conversion) => {
    const value = textOf(one[name]);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    leadId: textOf(one.leadId) ?? '',
    convertedStatus: textOf(one.convertedStatus) ?? '',
    doNotCreateOpportunity: textOf(one.doNotCreateOpportunity) === 'true',
    overwriteLeadSource: textOf(one.overwriteLeadSource) === 'true',
    ...optional('accountId'),
    ...optional('contactId'),
    ...optional('opportunityId'),
    ...optional('opportunityName'),
    ...optional('ownerId'),
  };
}

function userInfo(org: Org, caller: Caller): Element {
  const user = org.row(caller.userId)?.row;
  const organization = org.row(org.id)?.row;
  return {
    currencySymbol: org.options.multiCurrency ? null : '$',
    organizationId: org.id,
    organizationMultiCurrency: org.options.multiCurrency,
    organizationName: organization?.Name ?? null,
    orgDefaultCurrencyIsoCode: 'USD',
    profileId: user?.ProfileId ?? null,
    roleId: null,
    sessionSecondsValid: 7200,
    userDefaultCurrencyIsoCode: null,
    userEmail: user?.Email ?? null,
    userFullName: user ? personName(user) : null,
    userId: caller.userId,
    userLanguage: user?.LanguageLocaleKey ?? null,
    userLocale: user?.LocaleSidKey ?? null,
    userName: user?.Username ?? null,
    userTimeZone: user?.TimeZoneSidKey ?? null,
    userType: 'Standard',
    userUiSkin: 'Theme3',
  };
}
