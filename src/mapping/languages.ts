/** The two-letter codes of ISO 639-1 (https://www.loc.gov/standards/iso639-2/php/code_list.php). */
const CODES = (
  'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo ' +
  'es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ' +
  'ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn ' +
  'no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta ' +
  'te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu'
).split(' ');

let names: Map<string, string> | undefined;

/**
 * The ISO 639-1 code of a language as CRMs keep it: a code, a locale ("de-AT", "pt_BR") or the English name ("German").
 * Null where it is none.
 */
export function languageCode(text: string): string | null {
  const folded = text.trim().toLowerCase();
  const code = /^([a-z]{2})([-_][a-z0-9]{2,8})*$/.exec(folded)?.[1];
  if (code !== undefined && CODES.includes(code)) return code;
  names ??= namesOf();
  return names.get(folded) ?? null;
}

function namesOf(): Map<string, string> {
  const english = new Intl.DisplayNames(['en'], { type: 'language' });
  return new Map(CODES.map((code) => [(english.of(code) ?? code).toLowerCase(), code]));
}
