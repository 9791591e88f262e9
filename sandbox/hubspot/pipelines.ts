import type { ObjectType } from './object-types.ts';

export interface Stage {
  readonly id: string;
  readonly label: string;
  readonly displayOrder: number;
  /** Of deals: `isClosed` and `probability`, both strings ("true", "1.0"). */
  readonly metadata: Readonly<Record<string, string>>;
  readonly archived: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly writePermissions: string;
}

export interface Pipeline {
  readonly id: string;
  readonly label: string;
  readonly displayOrder: number;
  readonly archived: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly stages: readonly Stage[];
}

type Row = readonly [id: string, label: string, probability: string, closed: boolean];

const DEAL_STAGES: readonly Row[] = [
  ['appointmentscheduled', 'Appointment Scheduled', '0.2', false],
  ['qualifiedtobuy', 'Qualified To Buy', '0.4', false],
  ['presentationscheduled', 'Presentation Scheduled', '0.6', false],
  ['decisionmakerboughtin', 'Decision Maker Bought-In', '0.8', false],
  ['contractsent', 'Contract Sent', '0.9', false],
  ['closedwon', 'Closed Won', '1.0', true],
  ['closedlost', 'Closed Lost', '0.0', true],
];

const LEAD_STAGES: readonly (readonly [string, string, string])[] = [
  ['new-stage-id', 'New', 'NEW'],
  ['attempting-stage-id', 'Attempting', 'IN_PROGRESS'],
  ['connected-stage-id', 'Connected', 'IN_PROGRESS'],
  ['qualified-stage-id', 'Qualified', 'QUALIFIED'],
  ['unqualified-stage-id', 'Disqualified', 'UNQUALIFIED'],
];

const stage = (
  id: string,
  label: string,
  displayOrder: number,
  metadata: Record<string, string>,
  at: string,
): Stage => ({
  id,
  label,
  displayOrder,
  metadata,
  archived: false,
  createdAt: at,
  updatedAt: at,
  writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
});

/** The pipelines of a new portal: one of deals, one of leads. `at` is their time of creation, ISO. */
export function defaultPipelines(type: ObjectType, at: string): Pipeline[] {
  const base = { displayOrder: 0, archived: false, createdAt: at, updatedAt: at };
  if (type.name === 'deals') {
    const stages = DEAL_STAGES.map(([id, label, probability, closed], order) =>
      stage(id, label, order, { isClosed: String(closed), probability }, at),
    );
    return [{ id: 'default', label: 'Sales Pipeline', ...base, stages }];
  }
  if (type.name === 'leads') {
    const stages = LEAD_STAGES.map(([id, label, state], order) => stage(id, label, order, { leadState: state }, at));
    return [{ id: 'lead-pipeline-id', label: 'Lead pipeline', ...base, stages }];
  }
  return [];
}
