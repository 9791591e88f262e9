/** Every command with its options and help; what a command does stands in a file of its own, loaded when it is called. */
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { EXIT, type ExitCode, fail, type Io } from './context.ts';

type Options = Record<string, unknown>;
type Action = (io: Io, options: Options, args: readonly string[]) => Promise<ExitCode>;

/** Runs one command line; never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const program = build(io, (action) => async (...given: unknown[]) => {
    const command = given.at(-1) as Command;
    const options = command.opts<Options>();
    try {
      exit = await action(io, options, command.args);
    } catch (error) {
      exit = fail(io, options, error);
    }
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(io, {}, error);
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  return exit;
}

function build(io: Io, acting: (action: Action) => (...given: unknown[]) => Promise<void>): Command {
  const program = new Command('sluice')
    .description('Closes the loop between a CRM, marketing automation and channel partners.')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for how to use it)')
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .exitOverride();

  const command = (name: string, description: string, example: string): Command =>
    program
      .command(name)
      .description(description)
      .option(
        '--config <dir>',
        'the configuration folder (default: config/, or the running demo where config/ connects to nothing)',
      )
      .option('--json', 'one JSON document on standard output, everything else on standard error')
      .addHelpText('after', `\nExample:\n  ${example}`);

  command('demo', 'Shows the whole loop on two emulated CRMs, then serves the console.', 'sluice demo --once --json')
    .option('--once', 'end after the summary instead of serving the console')
    .option('--leads <n>', 'how many people are to become leads', whole(20, 100_000), 2000)
    .option('--days <d>', 'how many days are simulated, at four runs a day', whole(1, 365), 30)
    .option('--seed <s>', 'the same seed gives the same market', whole(0, 2 ** 31), 1)
    .option('--port <p>', 'where the console is served (0: any free port)', whole(0, 65_535), 4710)
    .action(acting(async (io, options) => (await import('./demo.ts')).demo(io, options)));

  command(
    'sandbox',
    'Starts only the emulated CRMs and prints one JSON line when they are ready.',
    'sluice sandbox --salesforce-port 4801 --hubspot-port 4802 --write-config sandbox-config',
  )
    .option('--salesforce-port <p>', 'port of the emulated Salesforce (default: any free one)', whole(0, 65_535))
    .option('--hubspot-port <p>', 'port of the emulated HubSpot (default: any free one)', whole(0, 65_535))
    .option('--control-port <p>', 'port of the control server (default: any free one)', whole(0, 65_535))
    .option('--pubsub-port <p>', 'port of the Salesforce change events (default: any free one)', whole(0, 65_535))
    .option('--no-change-events', 'the emulated Salesforce tells no change events')
    .option('--hubspot-webhooks <url>', 'where the emulated HubSpot sends its webhooks', address)
    .option('--leads <n>', 'how many people are to become leads', whole(1, 1_000_000), 2000)
    .option(
      '--bulk-leads <n>',
      'so many leads in Salesforce and contacts in HubSpot besides the market',
      whole(1, 2_000_000),
    )
    .option('--no-limits', 'no limits of calls, neither a second nor a day')
    .option('--seed <s>', 'the same seed gives the same market', whole(0, 2 ** 31), 1)
    .option('--base-time <iso>', 'the instant at which sandbox time starts (default: now)')
    .option('--live', 'the market acts by itself as time flows')
    .option('--partner-funds', 'Salesforce has PRM with market development funds, some of them spent')
    .option('--no-market', 'two empty CRMs; with --write-config they have the fields that its mappings name')
    .option('--faults <file>', 'what goes wrong and when, as YAML or JSON (docs/guides/sandbox.md)')
    .option('--write-config <dir>', 'make a configuration folder that points to them')
    .action(acting(async (io, options) => (await import('./sandbox.ts')).sandbox(io, options)));

  command(
    'provision',
    'Creates the fields and the object that Sluice writes in both CRMs; running it again changes nothing.',
    'sluice provision --dry-run',
  )
    .option('--dry-run', 'only say what would be created')
    .action(acting(inApp('provision')));

  command('sync', 'Runs once: reads both CRMs, decides, writes back.', 'sluice sync --json')
    .option('--full', 'look at every record, not only at what has changed')
    .option('--only <stream>', 'read only this object, such as Lead')
    .option('--resend', 'send again what a CRM refused, after its cause was mended there')
    .option('--plan <hash>', 'do exactly what `sluice plan` showed under this hash, or say what has moved')
    .action(acting(inApp('sync')));

  command('plan', 'Shows what a sync would create, update and close, and writes nothing.', 'sluice plan --json')
    .option('--limit <n>', 'how many records to show with their fields (default: 50)', whole(0, 1_000_000))
    .option('--all', 'show every record')
    .action(acting(inApp('plan')));

  command('verify', 'Reads both CRMs anew and lists every difference with its cause.', 'sluice verify --object Lead')
    .option('--object <name>', 'only this object')
    .option('--all', 'list every difference (default: 50)')
    .action(acting(inApp('verify')));

  command(
    'errors',
    'Lists what waits for a correction, by cause; sends it again; exports it.',
    'sluice errors resend --all',
  )
    .argument('[action]', 'list, show, resend or export', 'list')
    .argument('[id]', 'of which cause, as `list` shows it')
    .option('--code <code>', 'resend: all of this code')
    .option('--all', 'resend: everything')
    .option('--csv <file>', 'export: where to ("-": standard output)')
    .action(
      acting((io, options, args) => {
        const { csv } = options;
        const absolute = typeof csv === 'string' && csv !== '-' ? { csv: resolve(csv) } : {};
        return inApp('errors')(io, { ...options, ...absolute }, args);
      }),
    );

  command(
    'sla',
    'Shows when each deadline of a policy falls, with the working hours it counted.',
    'sluice sla preview --policy standard --from 2026-12-23T15:00',
  )
    .argument('<action>', 'preview')
    .requiredOption('--policy <name>', 'a policy of sla.yaml')
    .requiredOption('--from <iso>', 'when the clock starts; a time without zone is one of the calendar')
    .option('--country <code>', 'of the partner, such as DE: its calendar')
    .option('--zone <zone>', 'time zone of the partner, such as Europe/Berlin')
    .action(acting(async (io, options, args) => (await import('./sla.ts')).sla(io, options, args)));

  command(
    'offer',
    'Shows the deadlines of an offer, moves its clock, or claims a lead of the pool for a partner.',
    'sluice offer pause of_4xk2m9qa7b1c3d5e --reason vendor-owes-answer',
  )
    .argument('<action>', 'show, extend, pause, resume or claim')
    .argument('<id>', 'of the offer; claim: of the lead')
    .option('--deadline <name>', 'extend: accept, first-touch, report-back or refresh')
    .option('--reason <name>', 'pause, resume: a reason under `pauses` of sla.yaml')
    .option('--partner <name>', 'claim: for which partner, by its name or id')
    .action(acting(inApp('offer')));

  command(
    'pool',
    'Shows the leads that wait in the pool, and who may claim them.',
    'sluice pool list --partner "Alder Systems"',
  )
    .argument('[action]', 'list', 'list')
    .option('--partner <name>', 'what this partner may claim, as it may see it')
    .option('--limit <n>', 'how many to show at most (default: 100)', whole(1, 100_000))
    .action(acting(inApp('pool')));

  command(
    'deal',
    'Registers deals for partners, shows what stands against them, decides, extends and ends them.',
    'sluice deal register --partner "Alder Systems" --company "Quantum Bakery" --amount 12500',
  )
    .argument('[action]', 'list, show, register, check, import, approve, reject, extend, withdraw or convert', 'list')
    .argument('[what]', 'the id of a registration; import: a CSV file (docs/guides/deals.md)')
    .option('--partner <name>', 'register, check, list: the partner, by name, id or CRM record')
    .option('--company <name>', 'register, check: the customer')
    .option('--domain <site>', 'register, check: its website, or an address at it')
    .option('--country <code>', 'register, check: where it is')
    .option('--city <name>', 'register, check')
    .option('--product <line>', 'register, check: left out, all products')
    .option('--amount <decimal>', 'register, check: what the deal is worth, as in 12500.00')
    .option('--currency <code>', "register, check: left out, the vendor's own")
    .option('--closes <date>', 'register, check: when the partner expects to close')
    .option('--opportunity <id>', 'register, check, convert: of its CRM record, or its own')
    .option('--key <key>', 'register: the same key of the same source is the same registration')
    .option('--source <name>', 'register, import: who keeps the keys (default: cli, csv)')
    .option('--as <step>', 'approve: a step of the approval chain (default: the one whose turn it is)')
    .option('--despite-conflict', 'approve: although something other than a registration stands against it')
    .option('--reason <text>', 'reject, withdraw: the partner is told it')
    .option('--by <name>', 'who does it (default: the user of this machine)')
    .option('--state <state>', 'list: only Pending, Approved ...')
    .option('--dry-run', 'import: only say what would become of each row')
    .action(
      acting((io, options, [action = 'list', what]) =>
        inApp('deal')(io, options, [
          action,
          ...(what === undefined ? [] : [action === 'import' ? resolve(what) : what]),
        ]),
      ),
    );

  command('serve', 'Serves the console and syncs on schedule until it is stopped.', 'sluice serve --port 4710')
    .option('--port <p>', 'where the console is served (default: as configured)', whole(0, 65_535))
    .option('--no-schedule', 'serve only; syncs are started by others')
    .action(acting(async (io, options) => (await import('./serve.ts')).serve(io, options)));

  command(
    'explain',
    'Says why a lead went where it went, by replaying its decisions.',
    'sluice explain ld_4xk2m9qa7b1c3d5e',
  )
    .argument('<lead>', 'the id of a lead, an offer or a CRM record, or an e-mail address')
    .action(acting(inApp('explain')));

  command(
    'simulate',
    'Runs other routing rules over past leads: who would have got what, beside what happened. Writes nothing.',
    'sluice simulate --routing new-routing.yaml --from 2026-10-01',
  )
    .requiredOption('--routing <file>', 'the rules to try, written as routing.yaml is')
    .option('--from <iso>', 'only leads first decided from then on')
    .option('--to <iso>', 'only leads first decided before')
    .action(
      acting((io, options, args) =>
        inApp('simulate')(io, { ...options, routing: resolve(String(options.routing)) }, args),
      ),
    );

  command(
    'doctor',
    'Checks configuration, connections and partners, and names every dead end with what to do.',
    'sluice doctor --config acme',
  ).action(acting(async (io, options) => (await import('./doctor.ts')).doctor(io, options)));

  command(
    'reconcile',
    'Ties deals to leads, books what is won and credits it to touches; shows which deals wait for a person or were claimed by nobody.',
    'sluice reconcile unrecorded',
  )
    .argument('[what]', 'run, review, unrecorded or products', 'run')
    .argument('[word]', 'review: list, same or different', 'list')
    .argument('[id]', 'review: which question to answer')
    .option(
      '--with <id>',
      'review same: of several leads the one that the deal came of, of several deals the one that it is',
    )
    .action(acting(inApp('reconcile')));

  command(
    'ledger',
    'Shows the ledger of won deals, closes its months, and checks it from zero.',
    'sluice ledger close 2026-03 --by "A. Meier"',
  )
    .argument('[action]', 'list, show, periods, close, rates or check', 'list')
    .argument('[subject]', 'show: a deal; close: a month; rates: a currency')
    .option('--by <name>', 'close: who closes it')
    .option('--limit <n>', 'list: how many entries', whole(1, 100_000), 50)
    .action(acting(inApp('ledger')));

  command(
    'review',
    'Lists what waits for a person, or answers it; lists merges of persons, or has one undone.',
    'sluice review resolve rv_4xk2m9qa7b1c3d5e --take crm',
  )
    .argument('[what]', 'list or resolve, merges or undo', 'list')
    .argument('[id]', 'which one to resolve or to undo')
    .option('--limit <n>', 'merges: how many to show at most (default: 50)', whole(1, 100_000))
    .option(
      '--take <word>',
      'crm or channel for a field, same or different for who is who, reassign, pool, nurture or direct for a recalled lead, seen for a partner’s answer',
    )
    .option('--with <id>', 'of several persons or records the one that is the same')
    .option(
      '--kind <kind>',
      'list only field-conflict, identity, merge, match, deal-match, deal-twin, recall or answer',
    )
    .action(acting(inApp('review')));

  command(
    'partners',
    'Shows the partners: facts, load, certifications, programmes, the changes of tier that the rules propose, and who is given the best leads.',
    'sluice partners show "Alder Systems"',
  )
    .argument('[what]', 'list, show, tiers or fairness', 'list')
    .argument('[name]', 'show: the name of a partner, or its id')
    .action(acting(inApp('partners')));

  command(
    'scorecard',
    'Shows how partners do beside their peers, and where they stand; with a name, all of one partner.',
    'sluice scorecard "Alder Systems" --period 2026-H1',
  )
    .argument('[partner]', 'the name of a partner, or its id')
    .option('--period <period>', '2026, 2026-H1, 2026-Q3, 2026-07 or 90d (default: `over` of scorecard.yaml)')
    .option('--from <day>', 'the first day, such as 2026-01-01')
    .option('--to <day>', 'the last day, included (default: now)')
    .action(acting(inApp('scorecard')));

  command(
    'insight',
    'Finds kinds of leads that are won more or less often, partners that beat others, weak territories; forecasts what will be won.',
    'sluice insight segments --period 2026',
  )
    .argument('<what>', 'segments, rivals, territories or forecast')
    .option('--days <n>', 'forecast: how many days ahead (default: 90)', whole(7, 730))
    .option(
      '--period <period>',
      'of the leads: 2026, 2026-H1, 2026-Q3, 2026-07 or 90d (default: `over` of scorecard.yaml)',
    )
    .option('--from <day>', 'the first day, such as 2026-01-01')
    .option('--to <day>', 'the last day, included (default: now)')
    .action(acting(inApp('insight')));

  command(
    'lift',
    'Estimates what a fund changed: supported partners beside unsupported ones of the same traits, before and after.',
    'sluice lift "Field marketing 2026" --period 2026-H1',
  )
    .argument('[fund]', 'the name of a fund, or its id (default: all funds)')
    .option('--period <period>', 'when its activities began: 2026, 2026-H1, 2026-Q3, 2026-07 or 90d (default: 180d)')
    .option('--from <day>', 'the first day, such as 2026-01-01')
    .option('--to <day>', 'the last day, included (default: now)')
    .option('--data <file>', 'compare those of a CSV file: id, funded, before, after, [earlier, cluster], traits')
    .action(
      acting(async (io, options, args) =>
        options.data === undefined
          ? inApp('lift')(io, options, args)
          : (await import('./lift.ts')).liftOfFile(io, options),
      ),
    );

  command(
    'feedback',
    'Takes in a list of what partners say of leads, and answers line by line.',
    'sluice feedback import answers.csv --dry-run',
  )
    .argument('<action>', 'import')
    .argument('<file>', 'CSV with a first line of names (docs/guides/feedback.md)')
    .option('--dry-run', 'only say what would become of each line')
    .option('--source <name>', 'who keeps the list: with a key it names a statement', 'csv')
    .action(acting((io, options, [action = '', file = '']) => inApp('feedback')(io, options, [action, resolve(file)])));

  command(
    'fund',
    'Co-marketing money: shows funds, takes requests and claims in, approves and pays them, accrues co-op money, says what it brought.',
    'sluice fund request --budget "EMEA 2026" --partner "Alder Systems" --activity webinar --title "Vault webinar" --amount 5000 --from 2026-06-10',
  )
    .argument(
      '<action>',
      'list, show, request, submit, approve, reject, return, withdraw, claim, pay, accrue, check, roi or import',
    )
    .argument('[id]', 'of a request or a claim; claim: of the request; import: a CSV file (docs/guides/funds.md)')
    .option('--by <who>', 'who does it; of those who approve, reject or return: their address in funds.yaml')
    .option('--why <text>', 'for which reason')
    .option('--amount <amount>', 'how much, in the currency of the fund; left out: all of it')
    .option('--budget <name>', 'request: of which budget, by name or id')
    .option('--allocation <name>', 'request: of which allocation, by name or id')
    .option('--partner <name>', 'request: for which partner, by name or id')
    .option('--campaign <name>', 'request: for which campaign, by name or id')
    .option('--activity <name>', 'request: an activity of funds.yaml')
    .option('--title <text>', 'request, claim: what it is for')
    .option('--currency <code>', 'request: must be that of the fund')
    .option('--from <day>', 'request: the first day of the activity')
    .option('--to <day>', 'request: its last day')
    .option('--claim-by <day>', 'request: the last day for claims (default: as funds.yaml says)')
    .option('--key <key>', 'request, claim: names it at whoever asks; the same key is the same one')
    .option('--draft', 'request: keep it without submitting it')
    .option('--proof <kind=reference>', 'claim, submit: a document and where it is kept; may be given again', several)
    .option('--reference <text>', 'pay: what names the payment in your books')
    .option('--on <day>', 'pay: when it was paid (default: today)')
    .option('--group <what>', 'roi: by request, activity, budget or partner (default: request)')
    .option('--model <name>', 'roi: a model of attribution.yaml (default: its first)')
    .option('--without-result', 'roi: only money that was drawn without any revenue')
    .option('--dry-run', 'import: only say what would become of each line')
    .action(
      acting((io, options, [action = '', id = '', ...rest]) =>
        inApp('fund')(io, options, [action, ...(id === '' ? [] : [action === 'import' ? resolve(id) : id]), ...rest]),
      ),
    );

  command(
    'report',
    'Prints a report of the catalogue; without a name it lists them. `check` recomputes what they are read from.',
    'sluice report roi --partner "Alder Systems" --from 2026-01-01 --to 2026-06-30 --drill',
  )
    .argument('[name]', 'which report; or check, or schedule: what is mailed to whom')
    .option('--from <date>', 'from this day on, such as 2026-01-01')
    .option('--to <date>', 'up to this day, itself included')
    .option('--period <words>', 'in place of dates: previous month, this year, last 90 days, 2026-H1')
    .option('--partner <name>', 'of one partner, by name or id')
    .option('--campaign <name>', 'of one campaign, by name or id')
    .option('--model <names>', 'roi, campaigns: only these attribution models, with commas between')
    .option('--drill', 'roi: with every deal, ledger line, touch and offer behind the figures')
    .option('--format <format>', 'table, csv, json or xlsx (default: as --out ends, else table)')
    .option('--out <file>', 'write it to a file')
    .option('--rebuild', 'check: make everything anew, whether it differs or not')
    .option('--retry', 'schedule: try again what could not be sent')
    .action(
      acting((io, options, args) => {
        const { out } = options;
        return inApp('report')(io, { ...options, ...(typeof out === 'string' ? { out: resolve(out) } : {}) }, args);
      }),
    );

  command(
    'match',
    'Says of pairs of company names whether they are one company, how surely, and why.',
    'sluice match --pairs pairs.csv --format csv',
  )
    .requiredOption('--pairs <file>', 'CSV with the columns left, right and, where it is known, label')
    .option('--format <format>', 'table, csv or json', 'table')
    .option(
      '--threshold <p>',
      'from which probability labelled pairs count as the same (default: zones.same of matching.yaml)',
    )
    .action(acting(async (io, options) => (await import('./match.ts')).match(io, options)));

  command(
    'attribute',
    'Credits the conversions of paths in a CSV file to channels, under any model: the aggregate, not the ledger.',
    'sluice attribute --paths paths.csv --model markov --order 2',
  )
    .requiredOption(
      '--paths <file>',
      'CSV with the columns path (a > b > c), conversions, and value and nulls if known',
    )
    .requiredOption(
      '--model <model>',
      'first, last, linear, u-shaped, w-shaped, full-path, position, time-decay, markov, shapley, custom, or a name of attribution.yaml',
    )
    .option('--order <k>', 'markov: how many touches in a row make a state (default: 1)')
    .option(
      '--half-life <days>',
      'time-decay: after how many days a touch counts half (default: 7); needs a column days',
    )
    .option(
      '--positions <shares>',
      'position: shares of first, lead, deal, last, middle, as first=40,middle=20,last=40',
    )
    .option('--weight <cel>', 'custom: what a touch weighs')
    .option('--worth <of>', 'shapley: paths (journeys), coalitions (each row a combination and its worth), auto')
    .option('--format <format>', 'table, csv or json', 'table')
    .action(acting(async (io, options) => (await import('./attribute.ts')).attribute(io, options)));

  command(
    'score',
    'Learns a predictive score from a CSV file of leads and tests it on the newest ones; scores a file; learns from own leads.',
    'sluice score train --data leads.csv --label won --time created --exclude owner',
  )
    .argument('[action]', 'train or apply (a file); learn or status (own leads of known outcome)')
    .option('--data <file>', 'CSV with a first line of names')
    .option('--label <column>', 'train: says whether the lead was won; blank while it is open')
    .option('--won <value>', 'train: the value of the label that means won, where it is not plain')
    .option('--time <column>', 'train: a date, or a number that grows with each lead (default: the order of the file)')
    .option('--exclude <columns>', 'train: leave these out, with commas between')
    .option('--known <columns>', 'train: these are known at scoring time; they are not taken for leaks')
    .option('--model <file>', 'train: write the score here; apply: read it from here')
    .option('--id <column>', 'apply: repeat this column in the answer')
    .action(
      acting(async (io, options, args) =>
        args[0] === 'learn' || args[0] === 'status'
          ? inApp('score')(io, options, args)
          : (await import('./score.ts')).score(io, options, args),
      ),
    );

  return program;
}

/** A command that needs the store: it runs here, or in the process that has the embedded database open. */
function inApp(name: string): Action {
  return async (io, options, args) => (await import('./with-app.ts')).withApp({ name, args, options }, io);
}

function several(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function address(text: string): string {
  if (URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be an address, such as http://127.0.0.1:4710/webhooks/hubspot.');
}

function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  };
}
