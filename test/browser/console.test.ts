import { gzipSync } from 'node:zlib';
import { describe, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { LEAD_STATES } from '../../src/model/lead.ts';
import { basicFaults } from './basics.ts';
import { settled, stageFor } from './stage.ts';

const { stage, inBrowser } = stageFor('the console');

function idOf(state: (typeof LEAD_STATES)[number]): string {
  return stage.port.rows.find((row) => row.state === state)?.id ?? '';
}

/** Pixels by which the page is wider than its window. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

describe('the overview', () => {
  inBrowser('shows the funnel from synced to won with counts, money and the share that came on', async () => {
    const page = await stage.open('/');
    const steps = await page.getByRole('region', { name: 'From synced to won' }).getByRole('listitem').allInnerTexts();
    expect(steps).toHaveLength(6);
    const words = steps.map((step) => step.replace(/\s+/g, ' '));
    expect(words[0]).toContain('People synced 5,012');
    expect(words[1]).toContain('Leads 2,000');
    expect(words[1]).toContain('39.9% of people synced');
    expect(words[5]).toContain('€4.2m');
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('shows ROI by campaign as a chart and a table, under the model that is chosen', async () => {
    const page = await stage.open('/');
    const panel = page.getByRole('region', { name: 'ROI by campaign', exact: true });
    const roi = await stage.port.roi();
    await panel.getByRole('img', { name: /Bar chart of ROI by campaign, First touch/ }).waitFor();
    const bars = await panel.locator('.recharts-bar-rectangle').count();
    expect(bars).toBe(roi.campaigns.filter((campaign) => campaign.cost !== null).length);
    const euros = (amount: string) =>
      new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'EUR' }).format(Number(amount));
    const table = panel.getByRole('table');
    for (const [label, model] of [
      ['First touch', 'first'],
      ['Last touch', 'last'],
      ['Linear', 'linear'],
    ] as const) {
      await panel.getByText(label, { exact: true }).click();
      await panel.getByRole('img', { name: new RegExp(label) }).waitFor();
      const text = await table.innerText();
      for (const campaign of roi.campaigns) expect(text).toContain(euros(campaign.byModel[model]?.credited ?? 'none'));
      expect(text).toContain(euros(roi.totals.byModel[model]?.unattributed ?? 'none'));
      expect(text).toContain(euros(roi.booked));
    }
  });

  inBrowser('shows a campaign without a cost as one without ROI', async () => {
    const page = await stage.open('/');
    const row = page.getByRole('row', { name: /Referral Programme/ });
    expect(await row.getByRole('cell').allInnerTexts()).toEqual([
      'Referral Programme',
      'none',
      expect.any(String),
      '–',
    ]);
  });

  inBrowser('shows the last runs with their message, and what needs attention', async () => {
    const page = await stage.open('/');
    const runs = page.getByRole('region', { name: 'Last runs', exact: true });
    expect(await runs.getByRole('row').count()).toBeGreaterThan(8);
    await runs.getByText('2 records were refused by Salesforce').waitFor();
    const attention = page.getByRole('list', { name: 'Needs attention' });
    expect(await attention.innerText()).toContain('HubSpot refuses the credentials');
    expect(await attention.innerText()).toContain('3 questions wait for a person: sluice review');
    await attention.getByRole('link', { name: '38 leads to review' }).click();
    await page.waitForURL('**/leads?state=Review');
  });

  inBrowser('shows who is given the best leads, and who is below its floor', async () => {
    const page = await stage.open('/');
    const panel = page.getByRole('region', { name: 'Who gets the best leads' });
    const sides = (await panel.getByRole('list').first().innerText()).replace(/\s+/g, ' ');
    expect(sides).toContain('Channel 56.8% 118 leads Floor 60%: 7 leads missing');
    expect(sides).toContain('Direct team 43.2% 90 leads');
    await panel.getByText(/below the floor/).waitFor();
    expect(await panel.getByRole('region', { name: 'Shares of Gold' }).getByRole('row').count()).toBe(13);
    await panel.getByText('Silver').press('Enter');
    await panel.getByRole('region', { name: 'Shares of Silver' }).waitFor();
    stage.port.empty = true;
    const empty = await stage.open('/');
    await empty.getByText('No such lead was given to anybody yet.').waitFor();
  });

  inBrowser('says of each connection how fresh it is and how much of its calls is used', async () => {
    const page = await stage.open('/');
    const connections = page.getByRole('region', { name: 'Connections' }).getByRole('listitem');
    const [salesforce = '', hubspot = ''] = (await connections.allInnerTexts()).map((text) =>
      text.replace(/\s+/g, ' '),
    );
    expect(salesforce).toContain('Events heard 1 minute ago, 3 waiting');
    expect(salesforce).toContain('Every record checked 5 hours ago');
    expect(salesforce).toContain('API calls of the day 1,204 of 50,000 allowed');
    expect(salesforce).not.toContain('Schema');
    expect(hubspot).toContain('Events none heard yet');
    expect(hubspot).toContain('Every record checked not yet');
    expect(await connections.nth(1).locator('.late').innerText()).toBe('201,400 of 250,000 allowed');
    await connections.nth(1).getByRole('link', { name: '1 field paused' }).click();
    await page.getByRole('heading', { level: 1, name: 'Errors' }).waitFor();
  });

  inBrowser('follows a demo while it runs, without being asked', async () => {
    stage.port.demo = { day: 12, days: 30, done: false };
    const page = await stage.open('/');
    await page.getByText('The demo is at day 12 of 30').waitFor();
    stage.port.demo = { day: 13, days: 30, done: false };
    await page.getByText('The demo is at day 13 of 30').waitFor();
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('says what to do where nothing has been synced yet', async () => {
    stage.port.empty = true;
    const page = await stage.open('/');
    await page.getByText('Nothing has been synced yet').waitFor();
    await page.getByText('No campaigns yet').waitFor();
    await page.getByText('No run yet').waitFor();
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('says why it could not be loaded, and loads when asked again', async () => {
    stage.port.broken = true;
    const page = await stage.open('/');
    await page.getByRole('alert').filter({ hasText: 'The overview could not be loaded' }).waitFor();
    stage.port.broken = false;
    await page
      .getByRole('alert')
      .filter({ hasText: 'The overview' })
      .getByRole('button', { name: 'Try again' })
      .click();
    await page.getByText('People synced').first().waitFor();
  });
});

describe('the leads', () => {
  inBrowser('stand in a table with score, state, partner and reason, the best first', async () => {
    const page = await stage.open('/leads');
    const table = page.getByRole('table', { name: 'Leads' });
    expect(await table.getByRole('row').count()).toBe(51);
    const best = (await stage.port.leads({ sort: '-score', offset: 0, limit: 1 })).rows[0];
    const first = await table.getByRole('row').nth(1).innerText();
    for (const part of [best?.name, best?.state, String(best?.score), best?.reason]) expect(first).toContain(part);
    await page.getByText('2,000 leads').waitFor();
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('are filtered, ordered and paged by the server, and the address keeps it all', async () => {
    const page = await stage.open('/leads');
    await page.getByLabel('State').selectOption('Offered');
    await page.getByText('B', { exact: true }).first().click();
    await page.getByLabel('Search leads').fill('Gmbh');
    await page.waitForURL((url) => url.searchParams.get('q') === 'Gmbh');
    await page.getByRole('link', { name: 'Partner' }).click();
    await page.waitForURL((url) => url.searchParams.get('sort') === 'partner');
    const expected = await stage.port.leads({
      state: 'Offered',
      grade: 'B',
      q: 'Gmbh',
      sort: 'partner',
      offset: 0,
      limit: 50,
    });
    await page.getByText(`${expected.total} leads`).waitFor();
    const names = () => page.getByRole('table').getByRole('row').getByRole('link').allInnerTexts();
    await page.reload();
    await settled(page);
    expect((await names()).slice(-expected.rows.length)).toEqual(expected.rows.map((row) => row.name));
    expect(await page.getByLabel('State').inputValue()).toBe('Offered');
    expect(await page.getByLabel('Search leads').inputValue()).toBe('Gmbh');
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('2,000 leads').waitFor();
  });

  inBrowser('turn the page', async () => {
    const page = await stage.open('/leads');
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.waitForURL((url) => url.searchParams.get('page') === '2');
    await page.getByText('51–100 of 2,000').waitFor();
    expect(stage.port.asked.at(-1)).toMatchObject({ offset: 50, limit: 50 });
    await page.goBack();
    await page.getByText('1–50 of 2,000').waitFor();
  });

  inBrowser('know every state there is', async () => {
    const page = await stage.open('/leads');
    const options = await page.getByLabel('State').locator('option').allInnerTexts();
    expect(options).toEqual(['All states', ...LEAD_STATES]);
  });

  inBrowser('leave out of the address what makes no sense', async () => {
    await stage.open('/leads?state=Gone&grade=Z&sort=email&page=-3');
    expect(stage.port.asked.at(-1)).toEqual({ sort: '-score', offset: 0, limit: 50 });
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('say so where none fits', async () => {
    const page = await stage.open('/leads?q=zzzz');
    await page.getByText('No lead fits these filters.').waitFor();
  });
});

describe('a lead', () => {
  inBrowser('opens with a click anywhere in its row and shows why it went where it went', async () => {
    const page = await stage.open('/leads?state=Offered');
    // Forced, as it is the link of the row, laid over the cell, that takes the click.
    await page.getByRole('row').nth(1).getByRole('cell').last().click({ force: true });
    await page.waitForURL('**/leads/ld_*');
    const row = (await stage.port.leads({ state: 'Offered', sort: '-score', offset: 0, limit: 1 })).rows[0];
    await page.getByRole('heading', { level: 1, name: row?.name ?? '' }).waitFor();
    const why = page.getByRole('region', { name: 'Why: the decisions' });
    await why.getByText('Replayed with the same result').waitFor();
    const routes = await why.getByRole('region', { name: 'Routes tried' }).getByRole('listitem').allInnerTexts();
    expect(routes.map((route) => route.replace(/\s+/g, ' '))).toEqual([
      expect.stringContaining('Enterprise to direct not matched'),
      expect.stringContaining('EMEA best fit matched'),
      expect.stringContaining('Rest of world not tried'),
    ]);
    const winner = await why
      .getByRole('row', { name: /chosen/ })
      .getByRole('cell')
      .allInnerTexts();
    expect(winner.map((text) => text.trim())).toEqual([
      '1',
      `${row?.partner?.name} chosen`,
      '92.5',
      '30',
      '30',
      '20',
      '12.5',
    ]);
    await why.getByText('Tie-break:').waitFor();
    await why.getByText('33 partners were dropped').click();
    await why.getByText('Lacks the competency Analytics').waitFor();
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('shows its offers, score reasons and CRM records', async () => {
    const page = await stage.open(`/leads/${idOf('Offered')}`);
    const offers = await page.getByRole('region', { name: 'Offers' }).getByRole('listitem').allInnerTexts();
    expect(offers.map((offer) => /Expired|Rejected|Open/.exec(offer)?.[0])).toEqual(['Expired', 'Rejected', 'Open']);
    expect(offers[1]).toContain('No capacity this quarter');
    await page.getByRole('region', { name: 'Score' }).getByText('Asked for a price').waitFor();
    await page.getByRole('region', { name: 'CRM records' }).getByText('00Q5e00001AbCdEFGH').waitFor();
  });

  inBrowser('shows the deadlines of its offers, what stopped them, what partners said and who was told', async () => {
    const page = await stage.open(`/leads/${idOf('Offered')}`);
    const offers = page.getByRole('region', { name: 'Offers' });
    await offers.getByText('The clock stands still: the vendor owes an answer').waitFor();
    const clock = offers.getByRole('group').last();
    const words = (await clock.innerText()).replace(/\s+/g, ' ');
    expect(words).toMatch(
      /Answer paused due .*; if missed: reassign; may be extended once First touch waiting not begun/,
    );
    expect(words).toContain('the clock was stopped: vendor-owes-answer');
    const said = await page.getByRole('region', { name: 'What partners said' }).getByRole('listitem').allInnerTexts();
    expect(said[0]).toContain('budget: no');
    await page.getByRole('region', { name: 'What partners said' }).getByText('does not count').waitFor();
    const told = await page.getByRole('region', { name: 'Notices' }).getByRole('listitem').allInnerTexts();
    expect(told.map((text) => /failed|sent/.exec(text)?.[0])).toEqual(['failed', 'sent', 'sent']);
    expect(told[0]).toContain('550 no such mailbox');
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('opens the deadlines of earlier offers by keyboard alone', async () => {
    const page = await stage.open(`/leads/${idOf('Offered')}`);
    const first = page.getByRole('region', { name: 'Offers' }).getByRole('listitem').first();
    expect(await first.getByText('was due').isVisible()).toBe(false);
    await first.locator('summary').focus();
    await page.keyboard.press('Enter');
    await first.getByText('was due').waitFor();
  });

  inBrowser('shows which values of its records were overwritten, with when, by whom and why', async () => {
    const page = await stage.open(`/leads/${idOf('Offered')}`);
    const changes = await page.getByRole('region', { name: 'Changes' }).getByRole('listitem').allInnerTexts();
    expect(changes).toHaveLength(2);
    expect(changes[1]?.replace(/\s+/g, ' ')).toMatch(
      /^Phone: \+49 30 5550 9999 → blank .* salesforce Lead 00Q5e00001AbCdEFGH salesforce decides \(policy crm\)$/,
    );
  });

  inBrowser('warns where the replay does not give what was stored', async () => {
    const page = await stage.open(`/leads/${idOf('Offered')}`);
    await page
      .getByRole('button', { name: /^Offered/ })
      .last()
      .click();
    await page.getByText('The replay does not give what was stored').waitFor();
  });

  inBrowser('that nobody could get shows every partner with the reason', async () => {
    const page = await stage.open(`/leads/${idOf('Unroutable')}`);
    await page.getByText('No partner was eligible.').waitFor();
    await page.getByText('Not active: Dormant').waitFor();
  });

  inBrowser('leads back to the list as it was', async () => {
    const page = await stage.open('/leads?state=Offered&page=2');
    await page.getByRole('table').getByRole('row').nth(1).getByRole('link').click();
    await page.waitForURL('**/leads/ld_*');
    await page.getByRole('navigation', { name: 'Back' }).getByRole('link').click();
    await page.waitForURL('**/leads?state=Offered&page=2');
  });

  inBrowser('that does not exist is said not to', async () => {
    const page = await stage.open('/leads/ld_nobody');
    expect(await heading(page).innerText()).toBe('There is no such lead');
  });
});

describe('everybody can use it', () => {
  inBrowser('by keyboard alone: skip, filter, open a lead, come back', async () => {
    const page = await stage.open('/leads');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Gmbh');
    await page.waitForURL((url) => url.searchParams.get('q') === 'Gmbh');
    const first = page.getByRole('row').nth(1).getByRole('link');
    for (let i = 0; i < 30 && !(await first.evaluate((link) => link === document.activeElement)); i++) {
      await page.keyboard.press('Tab');
    }
    const ring = await first.evaluate((link) => getComputedStyle(link, '::after').outlineStyle);
    expect(ring).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/leads/ld_*');
    // The list stays until the lead is there; the way back belongs to the lead.
    await page.getByRole('navigation', { name: 'Back' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('q') === 'Gmbh');
  });

  inBrowser('in the dark: it follows the system until told otherwise, and remembers', async () => {
    const page = await stage.open('/', { colorScheme: 'dark' });
    const scheme = () => page.evaluate(() => document.documentElement.getAttribute('data-mantine-color-scheme'));
    expect(await scheme()).toBe('dark');
    await page.getByTitle('Light', { exact: true }).click();
    expect(await scheme()).toBe('light');
    await page.reload();
    await settled(page);
    expect(await scheme()).toBe('light');
    await page.getByTitle('As the system').click();
    expect(await scheme()).toBe('dark');
  });

  inBrowser('in a window 390 px wide, or 320: no page is wider than the window', async () => {
    for (const path of [
      '/',
      '/leads',
      '/errors',
      '/leads?partner=pt_00k3m9xq7v2w5r',
      `/leads/${idOf('Offered')}`,
      `/leads/${idOf('Unroutable')}`,
    ]) {
      const page = await stage.open(path, { viewport: { width: 320, height: 844 } });
      await heading(page).waitFor();
      expect([path, 320, await overflow(page)]).toEqual([path, 320, 0]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect([path, 390, await overflow(page)]).toEqual([path, 390, 0]);
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    inBrowser(`with labels, headings and contrast as they should be (${colorScheme})`, async () => {
      for (const path of ['/', '/leads', `/leads/${idOf('Offered')}`]) {
        const page = await stage.open(path, { colorScheme });
        await heading(page).waitFor();
        expect([path, await basicFaults(page)]).toEqual([path, []]);
      }
    });
  }
});

describe('what is loaded', () => {
  inBrowser('the first page is under 300 KB gzipped, and the leads do without the chart library', async () => {
    const weigh = async (path: string) => {
      // In a browser of its own, which has no file yet.
      const page = await stage.open('/no/such/page', {});
      const bodies: Promise<Buffer>[] = [];
      await page.route('**/*', async (route) => {
        if (!route.request().url().includes('/api/')) {
          const response = await route.fetch();
          bodies.push(response.body());
          return route.fulfill({ response });
        }
        return route.continue();
      });
      await page.goto(stage.url + path, { waitUntil: 'networkidle' });
      return (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
    };
    const overview = await weigh('/');
    expect(overview).toBeLessThan(300 * 1024);
    expect(await weigh('/leads')).toBeLessThan(overview - 80 * 1024);
  });

  inBrowser('nothing comes from anywhere else, and the policy finds nothing to object to', async () => {
    for (const path of ['/', '/leads', `/leads/${idOf('Won')}`, '/no/such/page']) await stage.open(path);
    expect(stage.troubles()).toEqual([]);
  });
});
