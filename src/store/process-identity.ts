import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process as a lock names it: a process id alone is reused by the system, together with the start time it is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** Who a process id is right now; null where there is no such process. */
export function processIdentity(pid: number): ProcessIdentity | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there but belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return null;
  }
  const started = startTime(pid);
  return started === null ? null : { pid, started };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return processIdentity(identity.pid)?.started === identity.started;
}

/** Null for a zombie: it is dead, only nobody has asked after it yet. */
function startTime(pid: number): string | null {
  try {
    // Field 22 of /proc/PID/stat, counted after the command name, which may itself hold spaces and brackets. proc(5).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? '');
  } catch {
    return portableStartTime(pid);
  }
}

/** Where there is no /proc (macOS, BSD). Without `ps` the process id alone has to do. */
function portableStartTime(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
