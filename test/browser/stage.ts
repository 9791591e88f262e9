/** Builds the console from its sources, serves it over the fixture and opens pages of it in Chromium. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, test } from '@jest/globals';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { createServer, type Listening } from '../../src/server/server.ts';
import { findChromium, launchOptions } from './chromium.ts';
import { type Fixture, fixture } from './fixture.ts';
import { fixtureReports, type ReportsFixture } from './fixture-reports.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What a browser is like where a test does not say otherwise. */
const USUAL: BrowserContextOptions = {
  viewport: { width: 1280, height: 900 },
  locale: 'en-GB',
  timezoneId: 'UTC',
};

export interface Stage {
  readonly url: string;
  readonly port: Fixture;
  readonly reports: ReportsFixture;
  /** A fresh page at `path`, with its first answers in; with `options` in a browser of its own. Its errors are collected in `troubles`. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** What pages logged as an error, threw, or asked of other origins since the last call. */
  troubles(): string[];
  /** Closes the pages and sets the port back to a full, sound one. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The stage of one test file, open from its first test to its last and reset after each, with the `test` of all that needs it:
 * where no Chromium is found those are skipped, which is said aloud.
 * @param subject what then goes untested, as in 'the console'
 */
export function stageFor(subject: string): {
  readonly stage: Stage;
  readonly inBrowser: typeof test | typeof test.skip;
} {
  const path = findChromium();
  // The stage is there before it is open, so that tests can name it.
  const stage = {} as Stage;
  if (path === null) {
    console.warn(
      `SKIPPED: no test of ${subject} ran, as no Chromium was found. Install one, or set CHROMIUM_PATH to its executable.`,
    );
    return { stage, inBrowser: test.skip };
  }
  beforeAll(async () => {
    Object.assign(stage, await openStage(path));
  });
  afterEach(() => stage.reset());
  afterAll(() => stage.close());
  return { stage, inBrowser: test };
}

async function openStage(chromiumPath: string): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-console-'));
  await build(folder);
  const port = fixture();
  const reports = fixtureReports(() => port.empty);
  const options = { consoleDir: folder, requestsPerMinute: 100_000, reports };
  const server: Listening = await createServer(port, options).listen();
  const browser: Browser = await chromium.launch(launchOptions(chromiumPath));
  let seen: string[] = [];
  // Most tests share a browser that has the files of the console already: fetching and compiling them takes longest.
  const usual = await browser.newContext(USUAL);
  const contextFor = (options: BrowserContextOptions | undefined): Promise<BrowserContext> | BrowserContext =>
    options === undefined ? usual : browser.newContext({ ...USUAL, ...options });
  return {
    url: server.url,
    reports,
    port,
    async open(path, options) {
      const context = await contextFor(options);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') seen.push(message.text());
      });
      page.on('pageerror', (error) => seen.push(String(error)));
      page.on('request', (request) => {
        if (!request.url().startsWith(server.url)) seen.push(`asked ${request.url()}`);
      });
      await page.goto(server.url + path);
      await settled(page);
      return page;
    },
    troubles() {
      const all = seen;
      seen = [];
      return all;
    },
    async reset() {
      for (const page of usual.pages()) {
        await page.evaluate(() => localStorage.clear());
        await page.close();
      }
      await Promise.all(browser.contexts().map((context) => (context === usual ? undefined : context.close())));
      Object.assign(port, { empty: false, broken: false, demo: null });
      port.asked.length = 0;
      port.resent.length = 0;
      reports.asked.length = 0;
      seen = [];
    },
    async close() {
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Resolves when the page has its heading and waits for nothing more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('[aria-busy]'));
}

/** In a process of its own, on the node that runs the tests, as `npm run build` does it. */
async function build(outDir: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  const args = [vite, 'build', 'console', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'];
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
}
