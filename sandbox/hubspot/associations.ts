import { type AssociationType, ownsPrimary, vendorAssociationTypes } from './association-types.ts';
import { HubSpotError, invalid } from './errors.ts';
import type { ObjectType } from './object-types.ts';

/** One record at the other end and the type ids that tie it. */
export interface Link {
  readonly toId: number;
  readonly typeIds: ReadonlySet<number>;
}

type Targets = Map<string, Set<number>>;

/** The associations of a portal. Each is kept from both ends, with the type id of that direction. */
export class Associations {
  readonly types: AssociationType[] = vendorAssociationTypes();
  /** from type > from id > to type > to id > type ids. */
  readonly #links = new Map<string, Map<string, Map<string, Targets>>>();
  /** Called when the primary association of a record changes: the other end, or null. */
  onPrimary: (type: AssociationType, fromId: string, toId: string | null) => void = () => {};
  /** Called from each end when a type of association between two records appears or goes. */
  onLink: (type: AssociationType, fromId: string, toId: string, removed: boolean) => void = () => {};

  typesBetween(from: ObjectType, to: ObjectType): AssociationType[] {
    return this.types.filter((type) => type.from === from.id && type.to === to.id);
  }

  typeById(from: ObjectType, to: ObjectType, typeId: number): AssociationType {
    const found = this.typesBetween(from, to).find((type) => type.typeId === typeId);
    if (found !== undefined) return found;
    const elsewhere = this.types.find((type) => type.typeId === typeId);
    const reason =
      elsewhere === undefined
        ? `no association type ${typeId} exists between ${from.id} and ${to.id}`
        : `invalid from object type ${from.id} for associations to be created. expected: ${elsewhere.from}`;
    throw invalid(reason, 'INVALID_ASSOCIATION_TYPE', { associationTypeId: [String(typeId)] });
  }

  /** The most general type between two object types. */
  defaultType(from: ObjectType, to: ObjectType): AssociationType {
    const found = this.typesBetween(from, to).find((type) => type.label === null);
    if (found === undefined) throw new HubSpotError(400, `No default association type between ${from.id} and ${to.id}`);
    return found;
  }

  /** The ends of a record's associations to another object type, by rising id. */
  links(from: ObjectType, fromId: string, to: ObjectType): Link[] {
    const targets = this.#links.get(from.id)?.get(fromId)?.get(to.id);
    if (targets === undefined) return [];
    return [...targets].map(([id, typeIds]) => ({ toId: Number(id), typeIds })).sort((a, b) => a.toId - b.toId);
  }

  isLinked(from: ObjectType, fromId: string, to: ObjectType, toId: string): boolean {
    return this.#links.get(from.id)?.get(fromId)?.get(to.id)?.has(toId) ?? false;
  }

  hasAny(from: ObjectType, fromId: string, to: ObjectType): boolean {
    return (this.#links.get(from.id)?.get(fromId)?.get(to.id)?.size ?? 0) > 0;
  }

  /**
   * Ties two records. A primary association brings the unlabelled one with it and takes the label from the former primary;
   * the first association of a record that can have a primary becomes it.
   */
  link(type: AssociationType, fromId: string, toId: string): void {
    this.#put(type, fromId, toId);
    if (type.primary) {
      const plain = this.types.find(
        (other) => other.from === type.from && other.to === type.to && other.label === null,
      );
      if (plain !== undefined) this.#put(plain, fromId, toId);
      const side = this.#ownerSide(type, fromId, toId);
      this.#dropOtherPrimaries(side.type, side.fromId, side.toId);
      this.onPrimary(side.type, side.fromId, side.toId);
      return;
    }
    const primary = this.types.find((other) => other.from === type.from && other.to === type.to && other.primary);
    if (primary === undefined) return;
    const side = this.#ownerSide(primary, fromId, toId);
    if (this.primaryOf(side.type, side.fromId) === null) this.link(side.type, side.fromId, side.toId);
  }

  /** The record at the other end of the primary association, or null. */
  primaryOf(type: AssociationType, fromId: string): string | null {
    for (const [toId, typeIds] of this.#links.get(type.from)?.get(fromId)?.get(type.to) ?? []) {
      if (typeIds.has(type.typeId)) return toId;
    }
    return null;
  }

  /** Removes one label, or all associations between two records where `typeId` is null. */
  unlink(from: ObjectType, fromId: string, to: ObjectType, toId: string, typeId: number | null): void {
    const typeIds = this.#links.get(from.id)?.get(fromId)?.get(to.id)?.get(toId);
    if (typeIds === undefined) return;
    for (const type of this.typesBetween(from, to)) {
      if (!typeIds.has(type.typeId) || (typeId !== null && type.typeId !== typeId)) continue;
      this.#remove(type, fromId, toId);
    }
  }

  /** Removes every association of a record (archive, gdpr-delete). */
  unlinkAll(from: ObjectType, fromId: string): void {
    for (const { type, toId } of this.#all(from, fromId)) this.#remove(type, fromId, toId);
  }

  /** Moves every association of one record to another of the same type (merge); the other's own primary stays. */
  move(from: ObjectType, fromId: string, intoId: string): void {
    for (const { type, toId } of this.#all(from, fromId)) {
      const taken = type.primary && ownsPrimary(type) && this.primaryOf(type, intoId) !== null;
      this.#remove(type, fromId, toId);
      if (!taken && toId !== intoId) this.link(type, intoId, toId);
    }
  }

  #all(from: ObjectType, fromId: string): { type: AssociationType; toId: string }[] {
    const found: { type: AssociationType; toId: string }[] = [];
    for (const [to, targets] of this.#links.get(from.id)?.get(fromId) ?? []) {
      for (const [toId, typeIds] of targets) {
        for (const type of this.types) {
          if (type.from === from.id && type.to === to && typeIds.has(type.typeId)) found.push({ type, toId });
        }
      }
    }
    return found;
  }

  #ownerSide(
    type: AssociationType,
    fromId: string,
    toId: string,
  ): { type: AssociationType; fromId: string; toId: string } {
    if (ownsPrimary(type)) return { type, fromId, toId };
    const inverse = this.#inverse(type);
    return { type: inverse, fromId: toId, toId: fromId };
  }

  #inverse(type: AssociationType): AssociationType {
    const found = this.types.find(
      (other) => other.from === type.to && other.to === type.from && other.typeId === type.inverse,
    );
    if (found === undefined) throw new Error(`association type ${type.typeId} has no inverse`);
    return found;
  }

  #dropOtherPrimaries(type: AssociationType, fromId: string, keep: string): void {
    for (const [toId, typeIds] of this.#links.get(type.from)?.get(fromId)?.get(type.to) ?? []) {
      if (toId !== keep && typeIds.has(type.typeId)) {
        typeIds.delete(type.typeId);
        this.#targets(type.to, toId, type.from).get(fromId)?.delete(type.inverse);
        this.#tell(type, fromId, toId, true);
      }
    }
  }

  #put(type: AssociationType, fromId: string, toId: string): void {
    const added = this.#add(type.from, fromId, type.to, toId, type.typeId);
    this.#add(type.to, toId, type.from, fromId, type.inverse);
    if (added) this.#tell(type, fromId, toId, false);
  }

  #remove(type: AssociationType, fromId: string, toId: string): void {
    const taken = this.#take(type.from, fromId, type.to, toId, type.typeId);
    this.#take(type.to, toId, type.from, fromId, type.inverse);
    if (taken) this.#tell(type, fromId, toId, true);
    if (!type.primary) return;
    const side = this.#ownerSide(type, fromId, toId);
    this.onPrimary(side.type, side.fromId, null);
  }

  #targets(from: string, fromId: string, to: string): Targets {
    const ofType = this.#links.get(from) ?? new Map<string, Map<string, Targets>>();
    this.#links.set(from, ofType);
    const ofRecord = ofType.get(fromId) ?? new Map<string, Targets>();
    ofType.set(fromId, ofRecord);
    const targets = ofRecord.get(to) ?? new Map<string, Set<number>>();
    ofRecord.set(to, targets);
    return targets;
  }

  #tell(type: AssociationType, fromId: string, toId: string, removed: boolean): void {
    this.onLink(type, fromId, toId, removed);
    this.onLink(this.#inverse(type), toId, fromId, removed);
  }

  /** False where the association was there already. */
  #add(from: string, fromId: string, to: string, toId: string, typeId: number): boolean {
    const targets = this.#targets(from, fromId, to);
    const typeIds = targets.get(toId) ?? new Set<number>();
    targets.set(toId, typeIds);
    if (typeIds.has(typeId)) return false;
    typeIds.add(typeId);
    return true;
  }

  /** False where there was no such association. */
  #take(from: string, fromId: string, to: string, toId: string, typeId: number): boolean {
    const targets = this.#links.get(from)?.get(fromId)?.get(to);
    const typeIds = targets?.get(toId);
    const taken = typeIds?.delete(typeId) ?? false;
    if (typeIds?.size === 0) targets?.delete(toId);
    return taken;
  }
}
