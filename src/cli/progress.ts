import { type Bar, type Options, SingleBar } from 'cli-progress';
import { counted } from '../leads/text.ts';
import type { Io } from './context.ts';

/** Shows long work: a bar on a terminal, plain lines elsewhere, nothing beside a JSON document but its errors. */
export interface Progress {
  phase(name: string): void;
  /** Adds to what is done; with `total` known from `start` the bar fills. */
  add(count: number, about: string): void;
  start(total: number, about: string): void;
  end(): void;
}

const SILENT: Progress = { phase: () => undefined, add: () => undefined, start: () => undefined, end: () => undefined };

export function progressOf(io: Io, quiet: boolean): Progress {
  if (quiet) return SILENT;
  return io.tty ? barOn(io) : linesOn(io);
}

function linesOn(io: Io): Progress {
  let total = 0;
  let done = 0;
  let told = 0;
  return {
    phase: (name) => io.err(`${name} ...\n`),
    start: (expected) => {
      total = expected;
      done = 0;
      told = 0;
    },
    add: (count, about) => {
      done += count;
      // A line for each tenth of known work; work of unknown length has its phases.
      if (total === 0 || (done < total && done - told < total / 10)) return;
      told = done;
      io.err(`${about}: ${done} of ${total}\n`);
    },
    end: () => undefined,
  };
}

function barOn(io: Io): Progress {
  const options: Options = {
    format: '{bar} {value}/{total} {about}',
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  };
  let bar: Bar | null = null;
  let done = 0;
  let name = '';
  const end = () => {
    bar?.stop();
    bar = null;
  };
  return {
    phase: (next) => {
      name = next;
      if (bar) bar.update(done, { about: name });
      else io.err(`\r\u001b[2K${name} ...`);
    },
    start: (total, about) => {
      done = 0;
      bar = new SingleBar(options);
      bar.start(total, 0, { about });
    },
    add: (count, about) => {
      done += count;
      if (bar) bar.update(done, { about });
      else io.err(`\r\u001b[2K${name}: ${about}, ${counted(done, 'row', 'rows')}`);
    },
    end: () => {
      if (bar) end();
      else io.err('\r\u001b[2K');
    },
  };
}
