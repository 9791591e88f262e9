/**
 * The process whose time and memory the benchmarks take: one sync with the configuration in DIR, for
 * `node measured.ts DIR [FILE]`. With FILE every request that moves records is written there, to be sent again by the floor.
 * Prints one JSON line.
 */
import { openSync, writeSync } from 'node:fs';
import { setInterval } from 'node:timers';
import { openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { noteRequests } from './requests.ts';

const [dir = '', file] = process.argv.slice(2);
if (file !== undefined) {
  const handle = openSync(file, 'w');
  noteRequests((line) => writeSync(handle, line));
}
/** Resident memory in MB, every second. */
const resident: number[] = [];
const mb = () => Math.round(process.memoryUsage.rss() / 1_048_576);
const sampling = setInterval(() => resident.push(mb()), 1_000).unref();

const app = await openApp(loadConfig(dir), { command: 'bench', log: () => {} });
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const phases: Record<string, number> = {};
let phase = 'start';
let phaseAt = startedAt;
const summary = await app.sync({
  onPhase: (next) => {
    const now = performance.now();
    phases[phase] = (phases[phase] ?? 0) + (now - phaseAt) / 1000;
    [phase, phaseAt] = [next, now];
  },
});
const endedAt = performance.now();
phases[phase] = (phases[phase] ?? 0) + (endedAt - phaseAt) / 1000;
const cpu = process.cpuUsage(cpuBefore);
clearInterval(sampling);
await app.close();
console.log(
  JSON.stringify({
    summary,
    seconds: (endedAt - startedAt) / 1000,
    phases,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    /** At the end of each quarter of the run. */
    rssMb: [1, 2, 3, 4].map((quarter) => resident[Math.ceil((resident.length * quarter) / 4) - 1] ?? mb()),
  }),
);
