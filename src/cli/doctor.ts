import { ConnectorError } from '../../connectors/connector.ts';
import type { App } from '../app/app.ts';
import { checkDesk, type Finding } from '../leads/service/desk-check.ts';
import { counted } from '../leads/text.ts';
import { ConfigError } from '../model/config-error.ts';
import { compileRules } from '../sync/compile-rules.ts';
import { answer, type CommonOptions, EXIT, type ExitCode, type Io } from './context.ts';
import { findConfig } from './find-config.ts';
import type { AppCommand } from './with-app.ts';

/**
 * `doctor`: checks the files as they are on disk, then what is opened by them. A broken configuration is an answer here, with
 * the place of each problem.
 */
export async function doctor(io: Io, options: CommonOptions & Record<string, unknown>): Promise<ExitCode> {
  try {
    // The process that has the database open may have read older files.
    compileRules(await findConfig(options.config, { ...io, err: () => undefined }));
    const { withApp } = await import('./with-app.ts');
    return await withApp({ name: 'doctor', args: [], options }, io);
  } catch (error) {
    if (error instanceof ConfigError) return tell(io, options, error.problems.map(ofConfig));
    throw error;
  }
}

/** What `doctor` finds where the configuration could be opened. */
export const doctorInApp: AppCommand = async (app, io, options) => {
  const connections = await unreachable(app);
  // The check has asked a sandbox what time it is.
  const now = app.clock.now();
  return tell(io, options, [
    ...app.config.notices.map(
      (message): Finding => ({
        level: 'note',
        place: 'configuration',
        message,
        hint: 'as it should be, or add or rename the file',
      }),
    ),
    ...connections,
    ...(await checkDesk(app.store.db, app.rules, app.config.vendor.currency, now)),
  ]);
};

/** Proves address and credentials of every connection; names the first one that fails, and what cannot be right about those that answer. */
async function unreachable(app: App): Promise<Finding[]> {
  try {
    return Object.entries(await app.check()).flatMap(([name, { currency }]) => oneCurrency(app, name, currency));
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const { connection, message, hint = 'check its settings in sluice.yaml and the status page of the CRM' } = error;
    return [{ level: 'problem', place: `connection ${connection}`, message, hint }];
  }
}

/** Amounts of a CRM that uses several currencies cannot be told apart where none is read. */
function oneCurrency(app: App, name: string, currency: string | undefined): Finding[] {
  const kind = app.config.connections.find((connection) => connection.name === name)?.kind;
  const blind = app.config.mappings.find(
    ({ crm, entity, sources }) =>
      crm === kind && entity === 'opportunity' && !sources.some(({ property }) => property === 'currency'),
  );
  if (currency === undefined || blind === undefined) return [];
  return [
    {
      level: 'problem',
      place: blind.file,
      message: `${name} uses several currencies, but the currency of a deal is not read: every amount is taken for ${currency}`,
      hint: 'add `currency: CurrencyIsoCode` to the fields of the mapping',
    },
  ];
}

function ofConfig({ file, line, column, message, hint }: ConfigError['problems'][number]): Finding {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return { level: 'problem', place, message, hint: hint ?? 'correct the file at this place' };
}

function tell(io: Io, options: CommonOptions, findings: readonly Finding[]): ExitCode {
  const problems = findings.filter(({ level }) => level === 'problem');
  const notes = findings.filter(({ level }) => level === 'note');
  answer(io, options, { ok: problems.length === 0, problems, notes }, () => {
    const lines = ({ place, message, hint }: Finding) =>
      `  ${place}: ${message}\n    ${hint}`.replace(/[^\n\P{Cc}]|\p{Cf}/gu, ' ');
    return [
      problems.length === 0 ? 'No problem found.' : `${counted(problems.length, 'problem', 'problems')}:`,
      ...problems.map(lines),
      ...(notes.length > 0 ? ['', 'To note:', ...notes.map(lines)] : []),
    ].join('\n');
  });
  return problems.length === 0 ? EXIT.done : EXIT.failed;
}
