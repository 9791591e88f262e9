import winston from 'winston';
import type { Log } from '../app/app.ts';
import type { Io } from './context.ts';

/** Logs go to standard error, one line each. They carry names, codes and counts, never a record's contents or a token. */
export function logTo(io: Io): Log {
  const { combine, timestamp, printf } = winston.format;
  const line = printf(({ level, message, timestamp: at, ...about }) => {
    const rest = Object.entries(about).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return [at, level, message, ...rest].join(' ');
  });
  const stream = new winston.transports.Console({ stderrLevels: [], forceConsole: false });
  stream.log = (info: object, next: () => void) => {
    io.err(`${(info as Record<symbol, string>)[Symbol.for('message')]}\n`);
    next();
  };
  const logger = winston.createLogger({
    level: process.env.SLUICE_LOG ?? 'warn',
    format: combine(timestamp(), line),
    transports: [stream],
  });
  return (level, message, about) => logger.log(level, message, about);
}
