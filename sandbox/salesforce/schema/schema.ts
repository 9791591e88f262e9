import { campaignObjects } from './campaigns.ts';
import { fundObjects } from './funds.ts';
import { platformObjects } from './platform.ts';
import { productObjects } from './products.ts';
import { salesObjects } from './sales.ts';
import type { FieldDef, ObjectDef, Value } from './types.ts';

/** The objects that an org has before anybody adds to it. */
export function standardObjects(org: {
  readonly multiCurrency: boolean;
  readonly datedRates: boolean;
  readonly partnerFunds?: boolean;
}): ObjectDef[] {
  const all = [
    ...salesObjects(),
    ...productObjects(),
    ...campaignObjects(),
    ...platformObjects(),
    ...(org.partnerFunds === true ? fundObjects() : []),
  ];
  const has: Readonly<Record<string, boolean>> = {
    CurrencyType: org.multiCurrency,
    DatedConversionRate: org.multiCurrency && org.datedRates,
  };
  return all.filter(({ name }) => has[name] ?? true);
}

/** A list of child records that a parent offers to queries. */
interface ChildRelationship {
  readonly child: ObjectDef;
  readonly field: FieldDef;
}

/** All objects of the org by name and by key prefix. Custom ones come and go at run time. */
export class Schema {
  readonly #objects = new Map<string, ObjectDef>();
  readonly #prefixes = new Map<string, ObjectDef>();
  #children: Map<string, ChildRelationship[]> | null = null;
  readonly #defaults = new Map<ObjectDef, Readonly<Record<string, Value>>>();
  /** Counts every change of an object or field. */
  version = 0;

  constructor(objects: readonly ObjectDef[]) {
    for (const one of objects) this.add(one);
  }

  get objects(): Iterable<ObjectDef> {
    return this.#objects.values();
  }

  /** The object of this name, whatever its case. */
  object(name: string): ObjectDef | undefined {
    return this.#objects.get(name.toLowerCase());
  }

  /** The object whose ids start with these three characters. */
  byPrefix(prefix: string): ObjectDef | undefined {
    return this.#prefixes.get(prefix);
  }

  add(object: ObjectDef): void {
    this.#objects.set(object.name.toLowerCase(), object);
    if (!this.#prefixes.has(object.keyPrefix)) this.#prefixes.set(object.keyPrefix, object);
    this.#changed();
  }

  remove(object: ObjectDef): void {
    this.#objects.delete(object.name.toLowerCase());
    if (this.#prefixes.get(object.keyPrefix) === object) this.#prefixes.delete(object.keyPrefix);
    this.#changed();
  }

  setField(object: ObjectDef, field: FieldDef): void {
    object.fields.set(field.name.toLowerCase(), field);
    this.#changed();
  }

  removeField(object: ObjectDef, field: FieldDef): void {
    object.fields.delete(field.name.toLowerCase());
    this.#changed();
  }

  /** The references of other objects to this one, with or without a relationship name. */
  childrenOf(object: ObjectDef): readonly ChildRelationship[] {
    if (!this.#children) {
      this.#children = new Map();
      for (const child of this.#objects.values()) {
        for (const field of child.fields.values()) {
          if (field.type !== 'reference') continue;
          for (const parent of field.referenceTo) {
            const list = this.#children.get(parent.toLowerCase());
            if (list) list.push({ child, field });
            else this.#children.set(parent.toLowerCase(), [{ child, field }]);
          }
        }
      }
    }
    return this.#children.get(object.name.toLowerCase()) ?? [];
  }

  /** What a new row of the object holds where nobody says otherwise. */
  defaultsOf(object: ObjectDef): Readonly<Record<string, Value>> {
    let defaults = this.#defaults.get(object);
    if (!defaults) {
      const values: Record<string, Value> = {};
      for (const field of object.fields.values()) {
        if (field.read || field.type === 'id') continue;
        const first = field.picklist.find((entry) => entry.defaultValue && !field.multiCurrencyOnly);
        const value = field.defaultValue ?? first?.value ?? null;
        if (value !== null) values[field.name] = value;
      }
      defaults = values;
      this.#defaults.set(object, defaults);
    }
    return defaults;
  }

  #changed(): void {
    this.#children = null;
    this.#defaults.clear();
    this.version++;
  }
}
