import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where a Chromium stands on this machine: CHROMIUM_PATH, else the usual places; null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const onWindows = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].flatMap((folder) =>
    folder
      ? [join(folder, 'Google/Chrome/Application/chrome.exe'), join(folder, 'Microsoft/Edge/Application/msedge.exe')]
      : [],
  );
  const places = [
    ...(env.CHROMIUM_PATH ? [env.CHROMIUM_PATH] : []),
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/snap/bin/chromium',
    '/opt/homebrew/bin/chromium',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ...onWindows,
  ];
  return places.find((place) => existsSync(place)) ?? null;
}

/** How playwright starts that Chromium. */
export function launchOptions(executablePath: string) {
  return { executablePath, args: FLAGS };
}
