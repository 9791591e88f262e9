import { describe, expect, test } from '@jest/globals';
import { compileMappings } from '../../src/mapping/compile.ts';
import { compile, problemsOf } from './support.ts';

const ROLE = ['crm: x', 'object: D', 'entity: contactRole'];
const LEAD = ['crm: salesforce', 'object: Lead', 'entity: person', 'role: lead'];

describe('a mapping file with mistakes', () => {
  test.each([
    [
      'an unknown entity',
      ['crm: x', 'object: Lead', 'entity: persn'],
      '3:9: "persn" is not allowed here (did you mean "person"?)',
    ],
    ['no entity', ['crm: x', 'object: Lead'], '"entity" is missing'],
    ['an unknown property', [...LEAD, 'fields:', '  emial: Email'], '6:3: unknown key "emial" (did you mean "email"?)'],
    [
      'an unknown transform',
      [...LEAD, 'fields:', '  country: { field: Country, as: contry }'],
      '6:34: "contry" is not allowed here (did you mean "country"?)',
    ],
    [
      'a transform that does not suit the property',
      [...LEAD, 'fields:', '  optedOut: { field: A, as: country }'],
      '6:29: "country" is not allowed here (known: boolean)',
    ],
    [
      'a word that the model does not know',
      [...LEAD, 'fields:', '  stage: { field: A, values: { MQL: mqll } }'],
      '6:37: "mqll" is not allowed here (did you mean "mql"?)',
    ],
    ['an unknown write property', [...LEAD, 'writes:', '  scor: A'], '6:3: unknown key "scor" (did you mean "score"?)'],
    [
      'a translation of a state that there is none of',
      [...LEAD, 'writes:', '  linkId: A', '  status: { field: B, values: { Oferred: X } }'],
      '7:33: unknown key "Oferred" (did you mean "Offered"?)',
    ],
    [
      'a missing required property',
      ['crm: x', 'object: O', 'entity: campaign', 'fields: {}'],
      '4:9: "name" is missing',
    ],
    [
      'a list where a field is named',
      [...LEAD, 'fields:', '  email: [Email]'],
      '6:10: found a list where a text or a set of keys is needed',
    ],
    [
      'a number where a field is named',
      [...LEAD, 'fields:', '  email: { field: 3 }'],
      '6:19: found a number where a text is needed',
    ],
    ['a key given twice', [...LEAD, 'role: lead'], '5:1: Map keys must be unique'],
    ['text that is no YAML', ['crm: [salesforce'], 'Flow sequence'],
    [
      'a field written twice',
      [...LEAD, 'writes:', '  linkId: A', '  leadId: A'],
      '7:11: A is written twice, as linkId and as leadId',
    ],
    [
      'a field both read and written',
      [...LEAD, 'fields:', '  email: A', 'writes:', '  linkId: A'],
      '8:11: A is written as linkId and read as email: a field has one owner',
    ],
    ['writes without their key', [...LEAD, 'writes:', '  leadId: A'], '5:1: "writes" lacks linkId'],
    [
      'a key that is not unique',
      [...LEAD, 'writes:', '  linkId: { field: A, create: { kind: text, length: 64, label: L } }'],
      '6:31: linkId names one record: it must be unique (add "unique: true")',
    ],
    [
      'a picklist too small for what it takes',
      [
        ...LEAD,
        'writes:',
        '  linkId: A',
        '  status: { field: B, create: { kind: picklist, label: L, values: [New] } }',
      ],
      'status also takes Held',
    ],
    [
      'a date created as text',
      [...LEAD, 'writes:', '  linkId: A', '  acceptBy: { field: B, create: { kind: text, length: 9, label: L } }'],
      '7:41: acceptBy is a datetime, not a text',
    ],
    [
      'a text without length',
      [...LEAD, 'writes:', '  linkId: { field: A, create: { kind: text, label: L } }'],
      'a text says its "length"',
    ],
    [
      'a condition that says two things',
      [...LEAD, 'where: { field: A, equals: b, not: c }'],
      '5:8: a condition has exactly one of',
    ],
    ['an answer that tells no offer', [...LEAD, 'answers: { response: A }'], 'which one is answered?'],
    [
      'a contact role without a contact',
      [...ROLE, 'fields: { opportunity: Id }'],
      '4:1: a contact role has its contact either under "fields" or under "associations"',
    ],
    [
      'a contact role with its contact twice',
      [...ROLE, 'fields: { opportunity: Id, contact: C }', 'associations: { contact: contacts }'],
      'either under "fields" or under "associations"',
    ],
    [
      'a field of several that is to be created',
      [...LEAD, 'fields: { title: { firstOf: [A, B], create: { kind: text, length: 9, label: L } } }'],
      '"create" goes with one "field"',
    ],
    [
      'a contact that is converted',
      ['crm: x', 'object: C', 'entity: person', 'role: contact', 'converted: { when: A, contact: B }'],
      '5:1: only a person with "role: lead" is converted',
    ],
  ])('%s is answered with its place and what would be right', (_what, lines, expected) => {
    const problems = problemsOf(() => compile(...lines));
    expect(problems.some((problem) => problem.startsWith('test.yaml:') && problem.includes(expected))).toBe(true);
  });

  test('is told all of them at once, in the order of the file', () => {
    const problems = problemsOf(() =>
      compile(...LEAD, 'fields:', '  emial: Email', '  titel: Title', '  stage: { field: A, as: wrd }'),
    );
    expect(problems.map((problem) => problem.split(':').slice(1, 2).join())).toEqual(['6', '7', '8']);
  });
});

describe('a set of mapping files', () => {
  const file = (name: string, ...lines: string[]) => ({ file: name, text: lines.join('\n') });

  test('two files for the same records are told apart or refused', () => {
    const company = ['crm: x', 'object: Account', 'entity: company', 'fields: { name: Name }'];
    expect(problemsOf(() => compileMappings([file('a.yaml', ...company), file('b.yaml', ...company)]))).toEqual([
      'b.yaml:2:9: x Account is already mapped to company in a.yaml (keep one of them, or tell them apart by "where")',
    ]);
    const where = (word: string) => [...company, `where: { field: Type, equals: ${word} }`];
    expect(compileMappings([file('a.yaml', ...where('A')), file('b.yaml', ...where('B'))])).toHaveLength(2);
  });

  test('a cross id must lead to people that are read', () => {
    const hubspot = ['crm: hubspot', 'object: contacts', 'entity: person', 'role: contact'];
    expect(
      problemsOf(() =>
        compileMappings([file('a.yaml', ...hubspot), file('b.yaml', ...LEAD, 'crossIds:', '  hubspot.contact: X')]),
      ),
    ).toEqual(['b.yaml:6:3: no mapping reads people from hubspot.contact (did you mean "hubspot.contacts"?)']);
  });

  test('the problems of all files come together', () => {
    expect(problemsOf(() => compileMappings([file('a.yaml', 'entity: x'), file('b.yaml', 'entity: y')]))).toHaveLength(
      2,
    );
  });
});

describe('what is set when a lead is handed back', () => {
  const mapping = (...lines: string[]) =>
    compile('crm: hubspot', 'object: contacts', 'entity: person', 'role: contact', ...lines);

  test('names each field with its value, and whether it is cleared before', () => {
    const { nurture } = mapping(
      'nurture:',
      '  lifecyclestage: { set: lead, clearFirst: true }',
      '  hs_lead_status: OPEN',
    );
    expect(nurture.map(({ field, set, clearFirst }) => [field, set, clearFirst])).toEqual([
      ['lifecyclestage', 'lead', true],
      ['hs_lead_status', 'OPEN', false],
    ]);
  });

  test('is no field that is written all the time, or shared', () => {
    const written = ['nurture:', '  sluice_id: x', 'writes:', '  linkId: { field: sluice_id }'];
    expect(problemsOf(() => mapping(...written))).toEqual([
      expect.stringMatching(/^test.yaml:6:3: sluice_id is written as linkId, and cannot be set for nurture too/),
    ]);
    const shared = [
      'fields:',
      '  phone: { field: phone, policy: newest }',
      'nurture:',
      '  phone: none',
      'writes:',
      '  linkId: { field: id }',
    ];
    expect(problemsOf(() => mapping(...shared))).toEqual([expect.stringMatching(/phone is shared as phone/)]);
  });
});
