import type { AssociationType } from './association-types.ts';
import type { ObjectType } from './object-types.ts';

/** Who makes a change, in the vendor's words: an app (its id) or a person in the CRM (`userId:` and the id). */
export interface Actor {
  readonly changeSource: 'INTEGRATION' | 'CRM_UI';
  readonly sourceId: string;
}

/** Something that happened to a record of the portal. Ids are record ids as numbers, as events carry them. */
export type Change =
  | {
      readonly what: 'creation' | 'deletion' | 'restore' | 'privacyDeletion';
      readonly type: ObjectType;
      readonly id: number;
    }
  | {
      readonly what: 'propertyChange';
      readonly type: ObjectType;
      readonly id: number;
      readonly name: string;
      /** Empty where the property was cleared. */
      readonly value: string;
    }
  | {
      readonly what: 'merge';
      readonly type: ObjectType;
      readonly id: number;
      readonly primaryId: number;
      readonly mergedIds: readonly number[];
      readonly newId: number;
      readonly moved: number;
    }
  | {
      readonly what: 'associationChange';
      readonly type: ObjectType;
      readonly id: number;
      readonly toType: ObjectType;
      readonly toId: number;
      readonly association: AssociationType;
      readonly removed: boolean;
    };

type Listener = (change: Change, actor: Actor) => void;

/** What happens in a portal, told as it happens. Costs nothing while nobody listens. */
export class ChangeFeed {
  readonly #user: Actor;
  #actor: Actor;
  #listener: Listener | null = null;

  constructor(user: Actor) {
    this.#user = user;
    this.#actor = user;
  }

  /** False while telling would be in vain, so that its cost can be spared. */
  get heard(): boolean {
    return this.#listener !== null;
  }

  /** The one listener; null for none. */
  listen(listener: Listener | null): void {
    this.#listener = listener;
  }

  tell(change: Change): void {
    this.#listener?.(change, this.#actor);
  }

  /** Does something in the name of an app; whatever happens outside of this is a person's doing. */
  as<T>(actor: Actor, work: () => T): T {
    this.#actor = actor;
    try {
      return work();
    } finally {
      this.#actor = this.#user;
    }
  }
}
