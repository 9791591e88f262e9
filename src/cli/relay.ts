/**
 * The embedded database is open in one process. That process answers on a loopback address; every other command is sent
 * there and runs inside it, its output flowing back, so that `explain` and `report` work while `serve` or `demo` runs.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ExitCode, type Io, UserError } from './context.ts';

/** A command as it travels: its name, arguments and options. */
export interface RelayedCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Relay {
  readonly address: string;
  readonly secretFile: string;
  close(): Promise<void>;
}

const MAX_BODY = 1_000_000;

/** Answers commands of other processes that can read the secret file (readable by this user alone). */
export async function startRelay(
  secretFile: string,
  run: (command: RelayedCommand, io: Io) => Promise<ExitCode>,
): Promise<Relay> {
  const secret = randomBytes(32).toString('hex');
  writeFileSync(secretFile, secret, { mode: 0o600 });
  const server = createServer((request, response) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${secret}`);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      response.writeHead(401).end();
      return;
    }
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
      if (body.length > MAX_BODY) request.destroy();
    });
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      const say = (line: object) => response.write(`${JSON.stringify(line)}\n`);
      const io: Io = { out: (text) => say({ out: text }), err: (text) => say({ err: text }), tty: false };
      run(JSON.parse(body) as RelayedCommand, io)
        .catch((error: unknown) => {
          io.err(`sluice: ${error instanceof Error ? error.message : String(error)}\n`);
          return 1 as ExitCode;
        })
        .then((exit) => {
          say({ exit });
          response.end();
        });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // The relay alone must not keep a process alive that has nothing else to do.
  server.unref();
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secretFile,
    close: () =>
      new Promise((resolve) => {
        rmSync(secretFile, { force: true });
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs a command inside the process that has the database open and copies its output here. */
export async function relayTo(address: string, secretFile: string, command: RelayedCommand, io: Io): Promise<ExitCode> {
  const response = await call(address, secretFile, command);
  if (!response.ok || response.body === null) {
    throw new UserError(`the process that has the database open refused the command (HTTP ${response.status})`, {
      hint: 'Stop that process and run the command again.',
    });
  }
  let rest = '';
  for await (const chunk of untilCut(response.body.pipeThrough(new TextDecoderStream()))) {
    rest += chunk;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = JSON.parse(rest.slice(0, end)) as { out?: string; err?: string; exit?: ExitCode };
      rest = rest.slice(end + 1);
      if (line.out !== undefined) io.out(line.out);
      if (line.err !== undefined) io.err(line.err);
      if (line.exit !== undefined) return line.exit;
    }
  }
  throw new UserError('the process that ran this command ended before it was done', {
    hint: 'What it had committed stands. Run the command again.',
  });
}

/** Nobody answers at the address that the lock names: the process that held it has ended, or is about to. */
export class RelayGone extends Error {
  override readonly name = 'RelayGone';
}

async function call(address: string, secretFile: string, command: RelayedCommand): Promise<Response> {
  try {
    const secret = readFileSync(secretFile, 'utf8');
    return await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(command),
    });
  } catch (error) {
    throw new RelayGone('the process that has the database open does not answer', { cause: error });
  }
}

/** The chunks of a stream until it ends, also where the other process ends in the middle. */
async function* untilCut(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* chunks;
  } catch {
    // The caller sees that no exit code came, and says so.
  }
}
