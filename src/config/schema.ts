import { z } from 'zod';

const currencies = Intl.supportedValuesOf('currency') as [string, ...string[]];

const NOTICES = ['offer', 'warning', 'escalation', 'missed', 'taken'] as const;
/** An offer or its end cannot wait for tomorrow. */
const COLLECTED = ['warning', 'escalation', 'missed'] as const;

/** `config/sluice.yaml`. Paths in it are relative to the folder it stands in. */
export const sluiceSchema = z.strictObject({
  vendor: z
    .strictObject({
      name: z.string().min(1).describe('The company that installs Sluice.'),
      currency: z.enum(currencies).describe('ISO 4217; amounts that name no currency are in it.'),
    })
    .default({ name: 'Vendor', currency: 'USD' }),
  connections: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, 'a connection is named in lower case letters, digits and hyphens'),
      z.looseObject({
        kind: z.string().min(1).describe('Which CRM: salesforce or hubspot.'),
        budget: z
          .strictObject({
            dailyShare: z
              .number()
              .gt(0)
              .max(1)
              .default(0.5)
              .describe("Share of the day's API calls that Sluice may make; the rest is left to other programs."),
          })
          .default({ dailyShare: 0.5 }),
      }),
    )
    .default({})
    .describe('The CRMs. Where two state the same fact, the first one listed wins.'),
  database: z
    .union([
      z.strictObject({ embedded: z.string().min(1).describe('Folder of the embedded database.') }),
      z.strictObject({ url: z.string().regex(/^postgres(ql)?:\/\//, 'is written postgres://user:password@host/name') }),
    ])
    .default({ embedded: '.sluice/database' })
    .describe('DATABASE_URL in the environment goes before what is said here.'),
  mappings: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of the mapping files; else mappings/ beside this file, else those of Sluice.'),
  reads: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'What is read beside the usual, by the words under `with` in the mapping files: products, deal-partners, hubspot-deals, partner-funds.',
    ),
  clock: z
    .strictObject({ url: z.url({ protocol: /^https?$/ }) })
    .optional()
    .describe('Only with a sandbox: where its clock is asked. Without, time is the wall clock.'),
  server: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(4710).describe('0: any free port.'),
      publicUrl: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('The address under which CRMs reach `serve` with their webhooks, where a proxy stands before it.'),
    })
    .default({ host: '127.0.0.1', port: 4710 })
    .describe('Where `serve` listens.'),
  mail: z
    .strictObject({
      url: z
        .string()
        .regex(/^smtps?:\/\//, 'is written smtps://user:password@host:port')
        .describe('The SMTP server. smtp:// asks for encryption where the server has it, smtps:// begins with it.'),
      from: z.string().min(3).describe('As in "Example Channel <channel@example.com>".'),
      manager: z.email().optional().describe('Who is told of partners whose record names no channel manager.'),
      digest: z
        .strictObject({
          at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is a time such as "08:00"'),
          of: z.array(z.enum(COLLECTED)).min(1).default(['escalation']),
        })
        .optional()
        .describe("What is collected into one mail a day, at that time of the vendor's calendar in sla.yaml."),
    })
    .optional()
    .describe('How partners and channel managers are told of offers and deadlines. Left out: by no mail.'),
  webhooks: z
    .record(
      z.string().regex(/^(?!mail$)[a-z][a-z0-9-]*$/, 'a webhook is named in lower case letters, digits and hyphens'),
      z.strictObject({
        url: z.url({ protocol: /^https?$/ }),
        of: z.array(z.enum(NOTICES)).min(1).default(['escalation', 'missed']),
      }),
    )
    .default({})
    .describe('Chats that are told, by a POST of {"text": ...} as Slack takes it.'),
  links: z
    .strictObject({
      secret: z.string().min(32, 'has 32 characters at least; `openssl rand -base64 32` makes one'),
      days: z.number().int().min(1).max(365).default(30).describe('How long a link works at most.'),
    })
    .optional()
    .describe('Partners answer offers by a signed link in the mail. Needs server.publicUrl.'),
  schedule: z
    .strictObject({ everyMinutes: z.number().int().min(1).max(1440).default(15) })
    .default({ everyMinutes: 15 })
    .describe('How often `serve` syncs.'),
  sweep: z
    .strictObject({
      everyHours: z
        .number()
        .min(1)
        .max(24 * 90)
        .default(24)
        .describe('How long after a complete pass over an object the next one begins.'),
      calculatedEveryHours: z
        .number()
        .min(0.25)
        .max(24 * 90)
        .default(6)
        .describe('The same for objects with mapped fields that the CRM computes: their changes move no timestamp.'),
      pagesARun: z
        .number()
        .int()
        .min(0)
        .max(100_000)
        .default(100)
        .describe('Pages of complete passes that one run reads of each connection.'),
    })
    .default({ everyHours: 24, calculatedEveryHours: 6, pagesARun: 100 })
    .describe('Complete passes beside the changes: they find what no change told of.'),
});
export type SluiceDocument = z.infer<typeof sluiceSchema>;
