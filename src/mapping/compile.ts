import { z } from 'zod';
import { ConfigError, type ConfigProblem } from '../model/config-error.ts';
import { createProblems, sharedProblems } from './compile-shared.ts';
import { ENTITIES, ENTITY_NAMES, type EntityName, type PropertyKind, type WriteName, writesOf } from './entities.ts';
import {
  type AnswerField,
  type Answers,
  keyName,
  keyOf,
  type Mapping,
  type SourceField,
  type WriteField,
} from './mapping.ts';
import { type AnswerSource, type MappingDocument, mappingSchema, type Source, type Target } from './schema.ts';
import { TRANSFORMS } from './transforms.ts';
import { readYamlFile, suggestion } from './yaml-file.ts';

const headSchema = z.looseObject({ entity: z.enum(ENTITY_NAMES) });

/**
 * Compiles the text of one mapping file. Throws a ConfigError with every problem found, each with line, column, the
 * wrong word and the nearest right one. Whether the CRM has the fields it names is the question of `checkAgainst`.
 */
export function compileMapping(file: string, text: string): Mapping {
  const { entity } = readYamlFile(file, text, headSchema).value;
  const yaml = readYamlFile<MappingDocument>(
    file,
    text,
    mappingSchema(entity) as unknown as z.ZodType<MappingDocument>,
  );
  const mapping = built(file, yaml.value, yaml.problemAt);
  const problems = [
    ...writeProblems(mapping),
    ...nurtureProblems(mapping),
    ...answerProblems(mapping),
    ...conversionProblems(mapping),
    ...sharedProblems(mapping),
    ...createProblems(mapping, yaml.value),
    ...roleProblems(mapping),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return mapping;
}

/**
 * Compiles all mapping files and checks them against each other. Throws one ConfigError with the problems of all files.
 */
export function compileMappings(files: readonly { readonly file: string; readonly text: string }[]): Mapping[] {
  const problems: ConfigProblem[] = [];
  const mappings: Mapping[] = [];
  for (const { file, text } of files) {
    try {
      mappings.push(compileMapping(file, text));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  // With a file missing from the set its neighbours would be blamed for naming it.
  if (problems.length === 0) problems.push(...mappings.flatMap((mapping) => setProblems(mapping, mappings)));
  if (problems.length > 0) throw new ConfigError(problems);
  return mappings;
}

function built(file: string, document: MappingDocument, problemAt: Mapping['problemAt']): Mapping {
  const { entity } = document;
  const sources = Object.entries(document.fields ?? {}).flatMap(([property, source]) =>
    source === undefined ? [] : [builtSource(entity, property, source)],
  );
  return {
    file,
    crm: document.crm,
    unless: document.unless ?? null,
    beside: document.beside ?? null,
    with: document.with ?? null,
    optional: document.optional === true,
    object: document.object,
    entity,
    role: document.role ?? null,
    where: document.where ?? null,
    create: document.create ?? null,
    sources,
    associations: Object.entries(document.associations ?? {}).map(([property, toObject]) => ({ property, toObject })),
    crossIds: Object.entries(document.crossIds ?? {}).map(([target, field]) => {
      const [crm = '', object = ''] = target.split('.');
      return { crm, object, field, path: ['crossIds', target] };
    }),
    converted: document.converted ?? null,
    worked: document.worked ?? null,
    nurture: Object.entries(document.nurture ?? {}).map(([field, target]) => {
      const { set, clearFirst = false } = typeof target === 'string' ? { set: target } : target;
      return { field, set, clearFirst, path: ['nurture', field] };
    }),
    touches: document.touches ?? [],
    writes: Object.entries(document.writes ?? {}).flatMap(([property, target]) =>
      target === undefined ? [] : [builtWrite(entity, property, target)],
    ),
    answers: document.answers ? builtAnswers(document.answers) : null,
    creates:
      document.creates === undefined
        ? null
        : {
            match: sources.filter(({ property }) => document.match?.includes(property)),
            defaults: document.onCreate ?? {},
          },
    problemAt,
  };
}

function builtSource(entity: EntityName, property: string, typed: Source): SourceField {
  const source = typeof typed === 'string' ? { field: typed } : typed;
  const kind = (ENTITIES[entity] as Record<string, PropertyKind>)[property] ?? 'text';
  return {
    property,
    kind,
    transform: source.as ?? TRANSFORMS[kind][0] ?? 'text',
    fields: source.field === undefined ? (source.firstOf ?? []) : [source.field],
    constant: source.value ?? null,
    values: source.values ? folded(source.values) : null,
    otherwise: source.otherwise ?? null,
    words: source.values ? firstWords(source.values) : null,
    policy: source.policy ?? 'crm',
    create: source.create ?? null,
    path: ['fields', property],
  };
}

function builtWrite(entity: EntityName, property: string, typed: Target): WriteField {
  const target = typeof typed === 'string' ? { field: typed } : typed;
  const declared = writesOf(entity)[property];
  const values = new Map(Object.entries(target.values ?? {}));
  const words = declared?.words?.map((word) => values.get(word) ?? word) ?? null;
  const create =
    target.create?.kind === 'picklist' && target.create.values === undefined && words !== null
      ? { ...target.create, values: [...new Set(words)] }
      : (target.create ?? null);
  return {
    property: property as WriteName,
    field: target.field,
    kind: declared?.kind ?? 'text',
    values,
    words,
    create,
    path: ['writes', property],
  };
}

function builtAnswers(answers: AnswerSource): Answers | null {
  const field = (name: keyof AnswerSource): AnswerField | null => {
    const typed = answers[name];
    if (typed === undefined) return null;
    const target = typeof typed === 'string' ? { field: typed } : typed;
    // A mapping says "ours: theirs" also here, as under `writes`; reading turns it round.
    const values = folded(
      Object.fromEntries(Object.entries(target.values ?? {}).map(([ours, theirs]) => [theirs, ours])),
    );
    return { field: target.field, values, create: target.create ?? null, path: ['answers', name] };
  };
  const combined = field('combined');
  if (combined) return { combined };
  const response = field('response');
  return response ? { response, reason: field('reason') } : null;
}

/** What is set once must be nobody else's to write all the time. */
function nurtureProblems(mapping: Mapping): ConfigProblem[] {
  const uses = new Map([
    ...mapping.writes.map(({ field, property }) => [field, `written as ${property}`] as const),
    ...mapping.sources
      .filter(({ policy }) => policy !== 'crm')
      .flatMap(({ fields, property }) => fields.map((field) => [field, `shared as ${property}`] as const)),
  ]);
  const campaign = mapping.sources.find(({ property }) => property === 'campaign')?.fields[0];
  const incomplete =
    mapping.entity !== 'membership' || mapping.nurture.length === 0
      ? []
      : [
          ...(mapping.nurture.some(({ field }) => field === campaign)
            ? []
            : [
                mapping.problemAt(['nurture'], 'members are made of no campaign', {
                  key: true,
                  hint: `say which: ${campaign ?? 'CampaignId'}: 7015e000000AbCd`,
                }),
              ]),
          ...(keyOf(mapping) === null
            ? [
                mapping.problemAt(['nurture'], 'members are made, but no unique field names them', {
                  key: true,
                  hint: 'name one under writes: linkId',
                }),
              ]
            : []),
        ];
  const twice = mapping.nurture.flatMap(({ field, path }) => {
    const use = uses.get(field);
    if (use === undefined) return [];
    const hint = 'take one of them out';
    return [mapping.problemAt(path, `${field} is ${use}, and cannot be set for nurture too`, { key: true, hint })];
  });
  return [...incomplete, ...twice];
}

/** Entities whose records have one owner each: whoever made the record. */
const OWNED_BY_RECORD: ReadonlySet<EntityName> = new Set(['fundRequest', 'fundClaim']);

function writeProblems(mapping: Mapping): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const readBy = new Map(mapping.sources.flatMap((source) => source.fields.map((field) => [field, source.property])));
  const writtenBy = new Map<string, string>();
  for (const write of mapping.writes) {
    const other = writtenBy.get(write.field);
    const reader = readBy.get(write.field);
    if (other !== undefined) {
      problems.push(
        mapping.problemAt(
          [...write.path, 'field'],
          `${write.field} is written twice, as ${other} and as ${write.property}`,
          {
            hint: 'give each its own field',
          },
        ),
      );
    } else if (reader !== undefined && !OWNED_BY_RECORD.has(mapping.entity)) {
      problems.push(
        mapping.problemAt(
          [...write.path, 'field'],
          `${write.field} is written as ${write.property} and read as ${reader}: a field has one owner`,
          { hint: 'read one field and write another' },
        ),
      );
    }
    writtenBy.set(write.field, write.property);
    if (write.kind !== 'text' && write.create && write.create.kind !== write.kind) {
      problems.push(
        mapping.problemAt(
          [...write.path, 'create', 'kind'],
          `${write.property} is a ${write.kind}, not a ${write.create.kind}`,
        ),
      );
    }
    if (write.words && write.create?.kind === 'picklist') {
      const missing = write.words.filter((word) => !write.create?.values?.includes(word));
      if (missing.length > 0) {
        problems.push(
          mapping.problemAt([...write.path, 'create', 'values'], `${write.property} also takes ${missing.join(', ')}`, {
            hint: 'add them, or leave "values" out',
          }),
        );
      }
    }
    if (write === keyOf(mapping) && write.create && !write.create.unique) {
      problems.push(
        mapping.problemAt([...write.path, 'create'], `${write.property} names one record: it must be unique`, {
          hint: 'add "unique: true"',
        }),
      );
    }
  }
  // Partners are the CRM's own records: Sluice makes none, so that no key has to name them.
  if (mapping.writes.length > 0 && mapping.entity !== 'partner' && keyOf(mapping) === null) {
    problems.push(
      mapping.problemAt(['writes'], `"writes" lacks ${keyName(mapping.entity)}`, {
        key: true,
        hint: 'without the unique key a repeated write could make a second record',
      }),
    );
  }
  return problems;
}

function answerProblems(mapping: Mapping): ConfigProblem[] {
  const { answers } = mapping;
  if (answers === null) return [];
  if (mapping.entity === 'offer' && 'combined' in answers) {
    return [mapping.problemAt(['answers', 'combined'], 'an offer has a record of its own: name a "response" field')];
  }
  if (mapping.entity !== 'offer' && 'response' in answers) {
    return [
      mapping.problemAt(
        ['answers', 'response'],
        `a ${mapping.entity} may have had several offers: which one is answered?`,
        {
          hint: 'name a "combined" field, which carries the offer id',
        },
      ),
    ];
  }
  return [];
}

function conversionProblems(mapping: Mapping): ConfigProblem[] {
  if (mapping.converted === null || mapping.role === 'lead') return [];
  return [mapping.problemAt(['converted'], 'only a person with "role: lead" is converted', { key: true })];
}

/** A contact role names its contact by a field, or is made of all contacts associated with the record. */
function roleProblems(mapping: Mapping): ConfigProblem[] {
  if (mapping.entity !== 'contactRole') return [];
  const named = [...mapping.sources, ...mapping.associations].filter(({ property }) => property === 'contact');
  if (named.length === 1) return [];
  const message = 'a contact role has its contact either under "fields" or under "associations"';
  return [mapping.problemAt(['fields'], message, { key: true })];
}

/** What only the whole set shows: two files for the same records, a cross id to an object that nothing reads. */
function setProblems(mapping: Mapping, mappings: readonly Mapping[]): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const twin = mappings.find(
    (other) =>
      other !== mapping &&
      other.crm === mapping.crm &&
      other.object === mapping.object &&
      other.entity === mapping.entity &&
      !neverTogether(other, mapping) &&
      (other.where === null || mapping.where === null),
  );
  if (twin && mappings.indexOf(twin) < mappings.indexOf(mapping)) {
    problems.push(
      mapping.problemAt(
        ['object'],
        `${mapping.crm} ${mapping.object} is already mapped to ${mapping.entity} in ${twin.file}`,
        {
          hint: 'keep one of them, or tell them apart by "where"',
        },
      ),
    );
  }
  for (const crossId of mapping.crossIds) {
    const { entity } = mapping;
    const same = mappings.filter((other) => other.entity === entity).map((other) => `${other.crm}.${other.object}`);
    const target = `${crossId.crm}.${crossId.object}`;
    if (!same.includes(target)) {
      const hint = suggestion(target, [...new Set(same)]);
      const what = entity === 'person' ? 'people' : entity === 'campaign' ? 'campaigns' : 'deals';
      problems.push(
        mapping.problemAt(crossId.path, `no mapping reads ${what} from ${target}`, {
          key: true,
          ...(hint ? { hint } : {}),
        }),
      );
    }
  }
  return problems;
}

/** Whether one of them is left out wherever the other one applies. */
function neverTogether(a: Mapping, b: Mapping): boolean {
  return (a.unless !== null && a.unless === b.beside) || (b.unless !== null && b.unless === a.beside);
}

/** Of the CRM words that stand for one word of the channel the first one is written. */
function firstWords(values: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(values)
      .reverse()
      .map(([theirs, ours]) => [ours, theirs]),
  );
}

function folded(values: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(values).map(([from, to]) => [from.trim().toLowerCase(), to]));
}
