import { SandboxClock } from '../core/clock.ts';
import { startSalesforce } from './index.ts';
const sf = await startSalesforce({ clock: new SandboxClock(Date.UTC(2026, 0, 5, 9)), dailyApiRequests: 1e9 });
const H = { authorization: `Bearer ${sf.credentials.accessToken}`, 'content-type': 'application/json' };
const N = Number(process.argv[2] ?? 100);
let t0 = performance.now();
for (let k = 0; k < N; k++) {
  const r = await fetch(`${sf.url}/services/data/v68.0/composite/sobjects`, { method: 'POST', headers: H, body: JSON.stringify({ records: Array.from({ length: 200 }, (_, i) => ({ attributes: { type: 'Contact' }, LastName: `L${k}-${i}`, FirstName: 'F', Email: `a${k}.${i}@x.com`, Phone: '1', Title: 't' })) }) });
  await r.json();
}
let dt = performance.now() - t0; console.log('creates/s', Math.round(N * 200 / dt * 1000));
t0 = performance.now(); let last = ''; let x = '2026-01-01T00:00:00.000Z'; let n = 0; let pages = 0;
for (;;) {
  const w = last ? `(SystemModstamp = ${x} AND Id > '${last}') OR SystemModstamp > ${x}` : `SystemModstamp >= ${x}`;
  const q = `SELECT Id, Name, Email, Title, Phone, SystemModstamp FROM Contact WHERE ${w} ORDER BY SystemModstamp, Id LIMIT 2000`;
  const r = await (await fetch(`${sf.url}/services/data/v68.0/query?q=${encodeURIComponent(q)}`, { headers: H })).json() as any;
  pages++; n += r.records.length; if (r.records.length < 2000) break;
  const l = r.records.at(-1); last = l.Id; x = l.SystemModstamp.replace('+0000', 'Z');
}
dt = performance.now() - t0; console.log('keyset rows/s', Math.round(n / dt * 1000), n, pages);
console.log('rss', Math.round(process.memoryUsage().rss / 1e6));
await sf.close();
