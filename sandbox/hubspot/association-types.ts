/** A type of association in one direction; `inverse` is its type id seen from the other side. */
export interface AssociationType {
  readonly from: string;
  readonly to: string;
  readonly typeId: number;
  readonly inverse: number;
  readonly category: 'HUBSPOT_DEFINED' | 'USER_DEFINED';
  readonly label: string | null;
  /** The internal name, as the v3 endpoints show it. */
  readonly name: string;
  /** A Primary label: see `ownsPrimary`. */
  readonly primary: boolean;
}

type Row = readonly [
  from: string,
  to: string,
  forth: number,
  back: number,
  label: string | null,
  name: string,
  inverse: string,
];

/** Type ids of the vendor (docs, associations v4). Primary labels belong to the record on the left. */
const ROWS: readonly Row[] = [
  ['0-1', '0-2', 279, 280, null, 'contact_to_company_unlabeled', 'company_to_contact_unlabeled'],
  ['0-1', '0-2', 1, 2, 'Primary', 'contact_to_company', 'company_to_contact'],
  ['0-3', '0-1', 3, 4, null, 'deal_to_contact', 'contact_to_deal'],
  ['0-3', '0-2', 341, 342, null, 'deal_to_company_unlabeled', 'company_to_deal_unlabeled'],
  ['0-3', '0-2', 5, 6, 'Primary', 'deal_to_company', 'company_to_deal'],
  ['0-3', '0-8', 19, 20, null, 'deal_to_line_item', 'line_item_to_deal'],
  ['0-136', '0-1', 608, 609, null, 'lead_to_contact_unlabeled', 'contact_to_lead_unlabeled'],
  ['0-136', '0-1', 578, 579, 'Primary', 'lead_to_primary_contact', 'primary_contact_to_lead'],
  ['0-136', '0-2', 610, 611, null, 'lead_to_company_unlabeled', 'company_to_lead_unlabeled'],
  ['0-136', '0-2', 580, 581, 'Primary', 'lead_to_primary_company', 'primary_company_to_lead'],
  ['0-1', '0-1', 449, 449, null, 'contact_to_contact', 'contact_to_contact'],
  ['0-2', '0-2', 450, 450, null, 'company_to_company', 'company_to_company'],
  ['0-2', '0-2', 13, 14, 'Child Company', 'parent_to_child_company', 'child_to_parent_company'],
  ['0-3', '0-3', 451, 451, null, 'deal_to_deal', 'deal_to_deal'],
];

/** Both directions of every association type that the vendor defines between the sandbox's objects. */
export function vendorAssociationTypes(): AssociationType[] {
  return ROWS.flatMap(([from, to, forth, back, label, name, inverse]) => {
    const primary = label === 'Primary';
    const there = {
      from,
      to,
      typeId: forth,
      inverse: back,
      category: 'HUBSPOT_DEFINED' as const,
      label,
      name,
      primary,
    };
    if (forth === back) return [there];
    const backLabel = label === 'Child Company' ? 'Parent Company' : label;
    return [
      there,
      {
        from: to,
        to: from,
        typeId: back,
        inverse: forth,
        category: 'HUBSPOT_DEFINED' as const,
        label: backLabel,
        name: inverse,
        primary,
      },
    ];
  });
}

/** The side of a primary association that has at most one: contacts and deals have one company, leads one of each. */
export function ownsPrimary(type: AssociationType): boolean {
  return ROWS.some(
    ([from, to, forth]) => type.primary && from === type.from && to === type.to && forth === type.typeId,
  );
}
