#!/usr/bin/env node
/** The command line. Code is compiled once and kept, so that a command starts in a fraction of a second. */
import module from 'node:module';

module.enableCompileCache?.();
// What cannot be told on standard error can be told nowhere.
process.stderr.on('error', () => undefined);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Who stops reading, as `| head` does, has seen enough: the command ends as it would have, and says nothing of it.
  if (error.code === 'EPIPE') return;
  process.stderr.write(`sluice: the answer cannot be written: ${error.message}\n`);
  process.once('exit', () => {
    process.exitCode = 1;
  });
});
const { main } = await import('./program.ts');
process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  tty: process.stderr.isTTY === true,
});
