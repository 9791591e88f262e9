import type { SaveOptions } from '../org/org.ts';

/**
 * What the headers of a request ask of its saves. Assignment rules run unless the request says FALSE; duplicate alerts refuse
 * unless it allows saving.
 */
export function saveOptions(headers: Readonly<Record<string, string | undefined>>): SaveOptions {
  const assign = headers['sforce-auto-assign']?.trim() ?? 'TRUE';
  const duplicates = parameters(headers['sforce-duplicate-rule-header']);
  return {
    assign: /^true$/i.test(assign) ? true : /^false$/i.test(assign) ? false : assign,
    allowDuplicates: duplicates.get('allowsave') === 'true',
    duplicateDetails: duplicates.get('includerecorddetails') === 'true',
  };
}

/** A header of the form `name=value; name=value`, in lower case. */
function parameters(header = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of header.toLowerCase().split(/[;,]/)) {
    const at = part.indexOf('=');
    if (at > 0) found.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  return found;
}
