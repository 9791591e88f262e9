import type {
  CandidateView,
  DeadlineView,
  DecisionView,
  FieldChange,
  LeadDetail,
  LeadRow,
  NoticeView,
  OfferView,
  PartnerRef,
} from '../../src/server/api.ts';

const HOUR = 3_600_000;

/** A lead's page with a story that fits its row: earlier offers that expired or were rejected, then the present one. */
export function detailOf(row: LeadRow, partners: readonly PartnerRef[]): LeadDetail {
  const start = Date.parse(row.updatedAt) - 60 * HOUR;
  const at = (hours: number) => new Date(start + hours * HOUR).toISOString();
  const held = row.partner;
  const others = partners.filter((partner) => partner.id !== held?.id);
  const [first, second] = [others[3], others[17]] as [PartnerRef, PartnerRef];
  const offers: OfferView[] = held
    ? [
        {
          id: `of_1${row.id.slice(3)}`,
          partner: first,
          status: 'Expired',
          offeredAt: at(0),
          acceptBy: at(24),
          closedAt: at(24),
          response: null,
          responseReason: null,
          round: 1,
          ...clockOf([deadline('accept', 'missed', at(24))]),
        },
        {
          id: `of_2${row.id.slice(3)}`,
          partner: second,
          status: 'Rejected',
          offeredAt: at(25),
          acceptBy: at(49),
          closedAt: at(31),
          response: 'Rejected',
          responseReason: 'No capacity this quarter',
          round: 2,
          ...clockOf([deadline('accept', 'met', at(49), at(31)), deadline('first-touch', 'over', at(70))]),
        },
        row.state === 'Offered'
          ? {
              id: `of_3${row.id.slice(3)}`,
              partner: held,
              status: 'Open',
              offeredAt: at(32),
              acceptBy: row.acceptBy ?? at(56),
              closedAt: null,
              response: null,
              responseReason: null,
              round: 3,
              ...clockOf(
                [
                  { ...deadline('accept', 'paused', row.acceptBy ?? at(56)), extensionsLeft: 1 },
                  deadline('first-touch', 'waiting', null),
                ],
                'the vendor owes an answer',
                [{ at: at(34), what: 'the clock was stopped: vendor-owes-answer' }],
              ),
            }
          : {
              id: `of_3${row.id.slice(3)}`,
              partner: held,
              status: 'Accepted',
              offeredAt: at(32),
              acceptBy: at(56),
              closedAt: at(35),
              response: 'Accepted',
              responseReason: null,
              round: 3,
              ...clockOf(
                [
                  deadline('accept', 'met', at(56), at(35)),
                  deadline('first-touch', 'met', at(60), at(40)),
                  deadline('report-back', 'running', at(90)),
                ],
                null,
                [{ at: at(40), what: 'the partner was at work with the lead' }],
              ),
            },
      ]
    : [];
  return {
    lead: {
      ...row,
      scoreReasons:
        row.score === null
          ? []
          : [
              { text: 'Company of 500 to 5,000 employees', points: 25 },
              { text: 'Asked for a price', points: 20 },
              { text: 'Head of department or above', points: 15 },
              { text: 'Took part in a webinar', points: 10 },
              { text: 'Free-mail address', points: -10 },
            ],
    },
    person: {
      name: row.name,
      email: `${row.name
        .toLowerCase()
        .normalize('NFD')
        .replace(/[^a-z]+/g, '.')}@example.com`,
      phone: '+49 30 5550 1234',
      title: 'Head of Procurement',
      company: row.company,
      country: row.country,
      industry: 'Manufacturing',
      employees: 1_250,
      product: 'Analytics',
      stage: 'mql',
    },
    links: [
      { connection: 'salesforce', object: 'Lead', recordId: '00Q5e00001AbCdEFGH', role: 'person' },
      { connection: 'salesforce', object: 'Lead', recordId: '00Q5e00001AbCdXYZQ', role: 'person' },
      { connection: 'hubspot', object: 'contacts', recordId: '48213377190', role: 'person' },
    ],
    offers,
    decisions: held
      ? [
          decision(3, at(32), held, [first, second], partners),
          decision(2, at(25), second, [first], partners),
          decision(1, at(0), first, [], partners),
        ]
      : [unroutable(row, at(0), partners)],
    changes: held
      ? [
          change(at(30), 'Company', 'Acme Corp', row.company, 'hubspot contacts 48213377190 changed it later'),
          change(at(6), 'Phone', '+49 30 5550 9999', null, 'salesforce decides (policy crm)'),
        ]
      : [],
    statements: held
      ? [
          {
            at: at(36),
            partner: held,
            via: 'portal',
            said: ['contactable: yes', 'budget: no', 'stage Meeting held', 'next: a demo by 2026-12-01'],
            effect: 'Reported',
            counts: true,
          },
          {
            at: at(33),
            partner: second,
            via: 'csv',
            said: ['accepted'],
            effect: 'The offer is rejected: kept, it moves nothing',
            counts: false,
          },
        ]
      : [],
    notices: held
      ? [
          notice(at(33), 'warning: accept comes near', held.name, 'mail', 'failed', 'failed: 550 no such mailbox'),
          notice(at(32), 'offer', held.name, 'mail', 'sent', `sent ${at(32)}`),
          notice(at(24), 'accept missed: reassign', 'the channel manager', 'mail', 'sent', `sent ${at(24)}`),
        ]
      : [],
    history: [
      ...offers
        .toReversed()
        .flatMap((offer) => [
          ...(offer.closedAt
            ? [{ at: offer.closedAt, what: `${offer.status} by ${offer.partner.name}`, why: offer.responseReason }]
            : []),
          { at: offer.offeredAt, what: `Offered to ${offer.partner.name}`, why: `Round ${offer.round}` },
        ]),
      {
        at: at(-1),
        what: 'Scored',
        why: row.score === null ? 'No company is known.' : `${row.score} points, grade ${row.grade}`,
      },
      { at: at(-2), what: 'Released to sales', why: 'Marketing-qualified in hubspot.' },
    ],
  };
}

function deadline(name: string, state: DeadlineView['state'], dueAt: string | null, metAt: string | null = null) {
  return { name, period: 1, state, dueAt, metAt, extensionsLeft: 0, missed: 'reassign' };
}

function clockOf(deadlines: OfferView['deadlines'], pausedFor: string | null = null, marks: OfferView['marks'] = []) {
  return { policy: 'standard', calendar: { name: 'office-de', zone: 'Europe/Berlin' }, pausedFor, deadlines, marks };
}

function notice(at: string, what: string, to: string, by: string, state: NoticeView['state'], fate: string) {
  return { at, what, to, by, state, fate };
}

function change(at: string, field: string, before: string | null, after: string | null, why: string): FieldChange {
  return { at, connection: 'salesforce', object: 'Lead', recordId: '00Q5e00001AbCdEFGH', field, before, after, why };
}

const DROPPED = [
  'Not active: Dormant',
  'Does not cover the territory',
  'Lacks the competency Analytics',
  'At capacity: 12 of 12 open leads',
];

function decision(
  round: number,
  at: string,
  winner: PartnerRef,
  asked: readonly PartnerRef[],
  partners: readonly PartnerRef[],
): DecisionView {
  const rest = partners.filter((partner) => partner.id !== winner.id && !asked.includes(partner));
  const scored = [winner, ...rest.slice(0, 6)].map((partner, i): CandidateView => {
    const criteria = [
      { name: 'Territory', points: 30 },
      { name: 'Competency', points: i < 4 ? 30 : 15 },
      { name: 'Tier', points: [20, 20, 10, 20, 10, 5, 0][i] ?? 0 },
      { name: 'Room', points: [12.5, 12.5, 18, 4, 11, 9, 2][i] ?? 0 },
    ];
    return { partner, points: criteria.reduce((sum, criterion) => sum + criterion.points, 0), dropped: null, criteria };
  });
  const dropped = [
    ...asked.map((partner) => ({ partner, points: null, dropped: 'Was asked before', criteria: [] })),
    ...rest
      .slice(6)
      .map((partner, i) => ({ partner, points: null, dropped: DROPPED[i % DROPPED.length] as string, criteria: [] })),
  ];
  const sentence = `Offered to ${winner.name}: best fit of 7 eligible partners with 92.5 points; served less recently than ${scored[1]?.partner.name ?? ''}.`;
  return {
    id: `de_${round}h7q2wzk0m9rv`,
    at,
    outcome: 'Offered',
    partner: winner,
    route: 'EMEA best fit',
    sentence,
    lines: [
      'Route "Enterprise to direct" did not match: the company has 1,250 employees, the rule asks for more than 5,000.',
      'Route "EMEA best fit" matched.',
      `${partners.length} partners looked at, ${dropped.length} dropped, ${scored.length} given points.`,
      sentence,
    ],
    candidates: [...scored, ...dropped],
    routes: [
      {
        name: 'Enterprise to direct',
        outcome: 'not matched',
        why: 'person.employees is 1,250; the rule asks for more than 5,000',
      },
      { name: 'EMEA best fit', outcome: 'matched', why: 'The country is in EMEA and the grade is A, B or C' },
      { name: 'Rest of world', outcome: 'not tried', why: 'An earlier route matched' },
    ],
    tieBreak:
      round === 2
        ? null
        : `${winner.name} and ${scored[1]?.partner.name ?? ''} both have 92.5 points; ${winner.name} was served less recently.`,
    verified: round !== 1,
  };
}

function unroutable(row: LeadRow, at: string, partners: readonly PartnerRef[]): DecisionView {
  return {
    id: `de_1${row.id.slice(3)}`,
    at,
    outcome: row.state,
    partner: null,
    route: null,
    sentence: row.reason,
    lines: [row.reason],
    candidates: partners.map((partner, i) => ({
      partner,
      points: null,
      dropped: DROPPED[i % DROPPED.length] as string,
      criteria: [],
    })),
    routes: [{ name: 'EMEA best fit', outcome: 'nobody eligible', why: 'All 40 partners were dropped' }],
    tieBreak: null,
    verified: true,
  };
}
