import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isFolder, packageRoot, readText } from './files.ts';

/** A file of holidays, under the name that calendars in sla.yaml use: US.yaml is "US". */
export interface HolidayFile {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** Sluice's own holidays and those of a configuration folder (`holidays/`), which go before Sluice's of the same name. */
export function holidayFiles(dir: string): HolidayFile[] {
  const files = new Map<string, string>();
  for (const folder of [join(packageRoot(), 'config', 'holidays'), join(dir, 'holidays')]) {
    if (!isFolder(folder)) continue;
    for (const name of readdirSync(folder).sort())
      if (/\.ya?ml$/.test(name)) files.set(basename(name).replace(/\.ya?ml$/, ''), join(folder, name));
  }
  return [...files].map(([name, file]) => ({ name, file, text: readText(file) }));
}
