#!/usr/bin/env node
/** The command line. Code is compiled once and kept, so that a command starts in a fraction of a second. */
import module from 'node:module';

module.enableCompileCache?.();
const { main } = await import('./program.ts');
process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  tty: process.stderr.isTTY === true,
});
