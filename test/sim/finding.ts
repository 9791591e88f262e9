/** Something that is not as it should be. */
export interface Finding {
  readonly text: string;
  /** The record that it is about, where it is about what is known of one. */
  readonly record?: { readonly object: string; readonly id: string };
  /** How what is known of the record differs from the record. */
  readonly shadow?: ShadowFinding;
}

export interface ShadowFinding {
  readonly connection: string;
  readonly is: 'unseen' | 'behind' | 'thought alive' | 'tied otherwise';
  /** What the CRM's field referred to before, where it is empty now. */
  readonly cleared?: string;
  /** Stamp of the version that was not seen: ISO; null where nothing is left that could have one. */
  readonly modifiedAt: string | null;
}
