import type { Campaign } from './campaigns.ts';
import type { Person } from './people.ts';
import type { Dice } from './random.ts';
import type { RecordPlan } from './records.ts';

/** A person does something in a campaign; `sentAt` is when it was merely addressed before, if at all. */
export interface Response {
  readonly campaign: Campaign;
  /** Hours from the start of the market. */
  readonly at: number;
  readonly sentAt: number | null;
  readonly inSalesforce: boolean;
  readonly inHubspot: boolean;
}

type Self = Omit<Person, 'records' | 'responses'>;

/** What a person responds to: 0 to 4 campaigns up to the qualification, some more after it; each campaign once. */
export function planResponses(
  dice: Dice,
  self: Self,
  records: readonly RecordPlan[],
  campaigns: readonly Campaign[],
  days: number,
): Response[] {
  const known = new Set<string>();
  const responses: Response[] = [];
  const respond = (event: string, at: number) => {
    const response = respondAt(
      dice,
      event,
      at,
      records,
      campaigns.filter(({ key }) => !known.has(key)),
    );
    if (!response) return;
    known.add(response.campaign.key);
    responses.push(response);
  };
  if (self.arrivesBy !== 'list') respond('arrival', self.arrivesAt + 0.05);
  const until = self.mqlAt ?? days * 24;
  const before = dice.weighted('responses', self.mqlAt === null ? coolCounts : warmCounts);
  for (let n = responses.length; n < before; n++) {
    const last = n === before - 1 && self.mqlAt !== null;
    const at = last
      ? until - dice.between('deciding response', 0.05, 2)
      : dice.between(`response ${n}`, self.arrivesAt, until);
    respond(`response ${n}`, Math.max(at, self.arrivesAt + 0.1));
  }
  if (self.mqlAt !== null) {
    for (let n = 0; n < dice.weighted('later responses', laterCounts); n++) {
      respond(`later ${n}`, self.mqlAt + dice.between(`later response ${n}`, 4, 360));
    }
  }
  return responses.sort((a, b) => a.at - b.at);
}

const warmCounts = [
  [0, 6],
  [1, 34],
  [2, 32],
  [3, 19],
  [4, 9],
] as const;
const coolCounts = [
  [0, 45],
  [1, 37],
  [2, 14],
  [3, 4],
] as const;
const laterCounts = [
  [0, 50],
  [1, 35],
  [2, 15],
] as const;

function respondAt(
  dice: Dice,
  event: string,
  at: number,
  records: readonly RecordPlan[],
  campaigns: readonly Campaign[],
): Response | null {
  const crms = new Set(records.filter((record) => record.at <= at).map(({ crm }) => crm));
  const open = campaigns.filter(
    ({ startsAt, endsAt, inSalesforce, inHubspot }) =>
      startsAt <= at && at < endsAt && ((inSalesforce && crms.has('salesforce')) || (inHubspot && crms.has('hubspot'))),
  );
  if (open.length === 0) return null;
  const campaign = dice.weighted(
    `${event} campaign`,
    open.map((each) => [each, each.weight] as const),
  );
  const first = records.find(({ crm }) => crm === 'salesforce');
  const sentAt = at - dice.between(`${event} sent`, 8, 90);
  const addressed =
    !campaign.attended && dice.chance(`${event} addressed`, 0.4) && first !== undefined && first.at < sentAt;
  return {
    campaign,
    at,
    sentAt: addressed ? sentAt : null,
    inSalesforce: campaign.inSalesforce && crms.has('salesforce'),
    inHubspot: campaign.inHubspot && crms.has('hubspot'),
  };
}
