/** The page behind a signed link as a partner meets it, on a telephone and without a script. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { LinkView } from '../../src/server/answer-links.ts';
import type { ConsolePort } from '../../src/server/api.ts';
import { createServer, type Listening } from '../../src/server/server.ts';
import { findChromium, launchOptions } from './chromium.ts';

const path = findChromium();
const inBrowser = path === null ? test.skip : test;
if (path === null) console.warn('SKIPPED: the page of signed links was not opened, as no Chromium was found.');

const OPEN: LinkView = {
  kind: 'open',
  partner: 'Alder Systems GmbH',
  essentials: [
    { name: 'Product', value: 'Vault' },
    { name: 'Country', value: 'DE' },
    { name: 'Industry', value: 'Maschinenbau und Donaudampfschifffahrtsgesellschaftszubehör' },
    { name: 'Employees', value: '300' },
    { name: 'Role', value: 'Head of IT' },
    { name: 'Grade', value: 'A' },
  ],
  until: 'Tue, 3 Mar 2026, 10:00 (Europe/Berlin)',
};
let view: LinkView;
const answers: [response: string, reason: string | null][] = [];
let server: Listening;
let browser: Browser;

beforeAll(async () => {
  if (path === null) return;
  server = await createServer({} as ConsolePort, {
    consoleDir: '/nowhere',
    answers: {
      vendor: 'Acme Cloud Inc.',
      reasons: ['No capacity', 'Not a fit for us'],
      look: async () => view,
      answer: async (_token, response, reason) => {
        const before = view;
        if (view.kind === 'open') answers.push([response, reason]);
        view = { kind: 'answered', response };
        return before;
      },
    },
  }).listen();
  browser = await chromium.launch(launchOptions(path));
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  view = OPEN;
  answers.length = 0;
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    colorScheme,
    javaScriptEnabled: false,
  });
  const page = await context.newPage();
  await page.goto(`${server.url}/answer/token`);
  return page;
}

describe('the page of an offer', () => {
  inBrowser('takes an acceptance with one press, and says so', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Accept the lead' }).click();
    expect(await page.getByRole('heading').textContent()).toBe('Accepted: the lead is yours');
    expect(answers).toEqual([['Accepted', null]]);
    await page.goBack();
    expect(await page.getByRole('heading').textContent()).toBe('Already answered');
    expect(answers).toHaveLength(1);
    await page.context().close();
  });

  inBrowser('asks for a reason before it declines', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Decline' }).click();
    expect(answers).toEqual([]);
    await page.getByLabel('Why not?').selectOption('Not a fit for us');
    await page.getByRole('button', { name: 'Decline' }).click();
    expect(await page.getByRole('heading').textContent()).toBe('Declined');
    expect(answers).toEqual([['Rejected', 'Not a fit for us']]);
    await page.context().close();
  });

  for (const scheme of ['light', 'dark'] as const)
    inBrowser(`fits a telephone, its text stands out in ${scheme} mode, and its buttons are large enough`, async () => {
      const page = await open(scheme);
      const { bottom, wide } = await page.locator('main').evaluate((main) => ({
        bottom: main.getBoundingClientRect().bottom,
        wide: main.ownerDocument.documentElement.scrollWidth,
      }));
      expect(wide).toBeLessThanOrEqual(360);
      expect(bottom).toBeGreaterThan(300);
      for (const name of ['Accept the lead', 'Decline']) {
        const button = page.getByRole('button', { name });
        expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
        expect(contrast(await colours(page, button))).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrast(await colours(page, page.locator('dt').first()))).toBeGreaterThanOrEqual(4.5);
      const folder = process.env.SCREENSHOTS;
      if (folder) await page.screenshot({ path: `${folder}/answer-${scheme}.png`, fullPage: true });
      await page.context().close();
    });
});

/** The colours of an element and of what lies behind it. */
async function colours(page: Page, element: ReturnType<Page['locator']>): Promise<[text: string, ground: string]> {
  const of = (each: typeof element) =>
    each.evaluate((node) => {
      const style = node.ownerDocument.defaultView?.getComputedStyle(node);
      return { color: style?.color ?? '', backgroundColor: style?.backgroundColor ?? '' };
    });
  const [own, body] = [await of(element), await of(page.locator('body'))];
  return [own.color, own.backgroundColor === 'rgba(0, 0, 0, 0)' ? body.backgroundColor : own.backgroundColor];
}

/** WCAG 2.2, 1.4.3: from 1 to 21. */
function contrast([text, ground]: [string, string]): number {
  const light = (colour: string) => {
    const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [light(text), light(ground)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
