/** Builds the console from its sources, serves it over the fixture and opens pages of it in Chromium. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { createServer, type Listening } from '../../src/server/server.ts';
import { launchOptions } from './chromium.ts';
import { type Fixture, fixture } from './fixture.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface Stage {
  readonly url: string;
  readonly port: Fixture;
  /** A fresh page at `path`, with its first answers in. Its errors are collected in `troubles`. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** What pages logged as an error, threw, or asked of other origins since the last call. */
  troubles(): string[];
  /** Closes the pages and sets the port back to a full, sound one. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(chromiumPath: string): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-console-'));
  await build(folder);
  const port = fixture();
  const server: Listening = await createServer(port, { consoleDir: folder, requestsPerMinute: 100_000 }).listen();
  const browser: Browser = await chromium.launch(launchOptions(chromiumPath));
  let seen: string[] = [];
  return {
    url: server.url,
    port,
    async open(path, options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        locale: 'en-GB',
        timezoneId: 'UTC',
        ...options,
      });
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
      await Promise.all(browser.contexts().map((context) => context.close()));
      Object.assign(port, { empty: false, broken: false, demo: null });
      port.asked.length = 0;
      port.resent.length = 0;
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
