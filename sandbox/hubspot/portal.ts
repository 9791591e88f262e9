import type { SandboxClock } from '../core/clock.ts';
import { Associations } from './associations.ts';
import { CampaignStore } from './campaigns.ts';
import { ChangeFeed } from './changes.ts';
import { Conditions } from './conditions.ts';
import { OBJECT_TYPES, type ObjectType, objectType } from './object-types.ts';
import { defaultOwners, type Owner } from './owners.ts';
import { defaultPipelines, type Pipeline } from './pipelines.ts';
import { PropertyStore } from './properties.ts';
import type { PropertyDefinition, PropertyOption } from './property-definition.ts';
import { Random } from './random.ts';
import { RecordStore } from './records.ts';
import { iso } from './times.ts';
import { Tokens } from './tokens.ts';
import type { ValueContext } from './validate.ts';

export type Tier = 'free' | 'pro' | 'enterprise';

export interface PortalOptions {
  readonly clock: SandboxClock;
  readonly tier: Tier;
  readonly searchLagMs: number;
  readonly seed: number;
  readonly touchOnSameValue: boolean;
  readonly mergeMintsNewId: boolean;
  readonly mergeArchivesLosers: boolean;
  readonly scopes: readonly string[] | null;
  readonly rotateRefreshTokens: boolean;
}

/** Everything that one emulated HubSpot account holds. */
export class Portal {
  readonly clock: SandboxClock;
  readonly options: PortalOptions;
  readonly random: Random;
  /** How long search keeps showing what a record was before; infinite: until this is lowered. */
  searchLagMs: number;
  readonly hubId: number;
  readonly appId: number;
  /** The app id behind the service key. */
  readonly keyAppId: number;
  readonly userId: number;
  readonly homeCurrency = 'USD';
  readonly createdAt: number;
  readonly owners: Owner[];
  readonly tokens: Tokens;
  readonly campaigns: CampaignStore;
  readonly associations = new Associations();
  /** What happens to records, told as it happens. */
  readonly changes: ChangeFeed;
  readonly conditions: Conditions;
  readonly pipelines = new Map<string, Pipeline[]>();
  readonly #records = new Map<string, RecordStore>();
  readonly #properties = new Map<string, PropertyStore>();
  readonly #contexts = new Map<string, ValueContext>();

  constructor(options: PortalOptions) {
    this.options = options;
    this.searchLagMs = options.searchLagMs;
    this.clock = options.clock;
    this.conditions = new Conditions(options.clock);
    this.random = new Random(options.seed);
    this.createdAt = options.clock.now();
    this.hubId = 44_000_000 + this.random.int(5_000_000);
    this.appId = 3_000_000 + this.random.int(900_000);
    this.keyAppId = this.appId + 1;
    this.userId = 61_000_000 + this.random.int(900_000);
    this.changes = new ChangeFeed({ changeSource: 'CRM_UI', sourceId: `userId:${this.userId}` });
    this.owners = defaultOwners(this.random, this.createdAt);
    this.tokens = new Tokens(this.random, options.clock, options.scopes, options.rotateRefreshTokens);
    this.campaigns = new CampaignStore(this.random, this.homeCurrency, this.userId);
    for (const type of OBJECT_TYPES) {
      this.#records.set(
        type.id,
        new RecordStore(
          type,
          this.random,
          () => this.clock.now(),
          () => this.searchLagMs,
        ),
      );
      this.#properties.set(type.id, new PropertyStore(type));
      this.#contexts.set(type.id, this.#context(type));
      this.pipelines.set(type.id, defaultPipelines(type, iso(this.createdAt)));
    }
    this.associations.onPrimary = (type, fromId, toId) => {
      const property = primaryProperty(type.from, type.to);
      const row = this.#records.get(type.from)?.get(fromId);
      if (property === null || row === undefined) return;
      // The tie is shown as a property, yet a change of associations alone does not move the modified time.
      if (toId === null) delete row.values[property];
      else row.values[property] = toId;
    };
    this.associations.onLink = (association, fromId, toId, removed) => {
      if (!this.changes.heard) return;
      this.changes.tell({
        what: 'associationChange',
        type: objectType(association.from),
        id: Number(fromId),
        toType: objectType(association.to),
        toId: Number(toId),
        association,
        removed,
      });
    };
  }

  records(type: ObjectType): RecordStore {
    return present(this.#records.get(type.id), type);
  }

  properties(type: ObjectType): PropertyStore {
    return present(this.#properties.get(type.id), type);
  }

  context(type: ObjectType): ValueContext {
    return present(this.#contexts.get(type.id), type);
  }

  pipelinesOf(type: ObjectType): readonly Pipeline[] {
    return (this.pipelines.get(type.id) ?? []).filter((pipeline) => !pipeline.archived);
  }

  #context(type: ObjectType): ValueContext {
    return {
      hubId: this.hubId,
      definition: (name) => this.#properties.get(type.id)?.get(name),
      isOwner: (id) => this.owners.some((owner) => owner.id === id && !owner.archived),
      externalChoices: (definition) => this.#choices(type, definition),
    };
  }

  /** The pipelines or stages as the choices of `pipeline` and `dealstage` (`hs_pipeline`, `hs_pipeline_stage` of leads). */
  #choices(type: ObjectType, definition: PropertyDefinition): PropertyOption[] {
    const pipelines = this.pipelinesOf(type);
    const things = definition.name.endsWith('pipeline') ? pipelines : pipelines.flatMap((pipeline) => pipeline.stages);
    return things.map(({ id, label, displayOrder }) => ({
      value: id,
      label,
      displayOrder,
      description: '',
      hidden: false,
    }));
  }
}

function present<T>(value: T | undefined, type: ObjectType): T {
  if (value === undefined) throw new Error(`the portal has no ${type.name}`);
  return value;
}

/** The property that shows the primary association from one object type to another. */
function primaryProperty(from: string, to: string): string | null {
  if (from === '0-1' && to === '0-2') return 'associatedcompanyid';
  if (from === '0-136' && to === '0-1') return 'hs_primary_contact_id';
  if (from === '0-136' && to === '0-2') return 'hs_primary_company_id';
  return null;
}
