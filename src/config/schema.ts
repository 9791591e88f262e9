import { z } from 'zod';

const currencies = Intl.supportedValuesOf('currency') as [string, ...string[]];

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
      z.looseObject({ kind: z.string().min(1).describe('Which CRM: salesforce or hubspot.') }),
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
  clock: z
    .strictObject({ url: z.url({ protocol: /^https?$/ }) })
    .optional()
    .describe('Only with a sandbox: where its clock is asked. Without, time is the wall clock.'),
  server: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(4710).describe('0: any free port.'),
    })
    .default({ host: '127.0.0.1', port: 4710 })
    .describe('Where `serve` listens.'),
  schedule: z
    .strictObject({ everyMinutes: z.number().int().min(1).max(1440).default(15) })
    .default({ everyMinutes: 15 })
    .describe('How often `serve` syncs.'),
});
export type SluiceDocument = z.infer<typeof sluiceSchema>;
