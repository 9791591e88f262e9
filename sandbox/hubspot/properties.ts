import { DEFAULT_GROUPS, defaultProperties } from './default-properties.ts';
import type { ObjectType } from './object-types.ts';
import type { PropertyDefinition } from './property-definition.ts';

export interface PropertyGroup {
  readonly name: string;
  readonly label: string;
  readonly displayOrder: number;
  readonly archived: boolean;
}

/** The property definitions and groups of one object type. */
export class PropertyStore {
  readonly #definitions = new Map<string, PropertyDefinition>();
  readonly #groups = new Map<string, PropertyGroup>();
  #unique: readonly string[] = [];

  constructor(type: ObjectType) {
    for (const definition of defaultProperties(type)) this.#definitions.set(definition.name, definition);
    DEFAULT_GROUPS[type.name].forEach(([name, label], displayOrder) => {
      this.#groups.set(name, { name, label, displayOrder, archived: false });
    });
    this.#countUnique();
  }

  /** A property that is not archived. */
  get(name: string): PropertyDefinition | undefined {
    const definition = this.#definitions.get(name);
    return definition?.archived === false ? definition : undefined;
  }

  /** A property, archived or not. */
  find(name: string): PropertyDefinition | undefined {
    return this.#definitions.get(name);
  }

  list(archived: boolean): PropertyDefinition[] {
    return [...this.#definitions.values()]
      .filter((definition) => definition.archived === archived)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  set(definition: PropertyDefinition): void {
    this.#definitions.set(definition.name, definition);
    this.#countUnique();
  }

  /** Names of the properties of which no two records may hold the same value (the record id aside). */
  get uniqueNames(): readonly string[] {
    return this.#unique;
  }

  group(name: string): PropertyGroup | undefined {
    const group = this.#groups.get(name);
    return group?.archived === false ? group : undefined;
  }

  groups(): PropertyGroup[] {
    return [...this.#groups.values()]
      .filter((group) => !group.archived)
      .sort((a, b) => a.displayOrder - b.displayOrder);
  }

  setGroup(group: PropertyGroup): void {
    this.#groups.set(group.name, group);
  }

  #countUnique(): void {
    this.#unique = [...this.#definitions.values()]
      .filter((definition) => definition.hasUniqueValue && !definition.archived && definition.name !== 'hs_object_id')
      .map((definition) => definition.name);
  }
}
