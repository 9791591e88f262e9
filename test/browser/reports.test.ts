import { readFile } from 'node:fs/promises';
import { describe, expect } from '@jest/globals';
import { basicFaults } from './basics.ts';
import { stageFor } from './stage.ts';

const { stage, inBrowser } = stageFor('the page of reports');

describe('the page of reports', () => {
  inBrowser('shows the first report of the catalogue, amounts to the last digit and names as text', async () => {
    const page = await stage.open('/reports');
    const table = page.getByRole('region', { name: 'ROI by campaign' }).getByRole('table');
    const first = (await table.getByRole('row').nth(1).innerText()).replaceAll('\u202f', ' ');
    expect(first.split('\t')).toEqual(['linear', '<b>Webinar</b>', '1 234 567.89', '–', '–', '1,234']);
    expect(await table.getByRole('row').count()).toBe(27);
    await page.getByRole('button', { name: 'Show all 40 rows' }).click();
    expect(await table.getByRole('row').count()).toBe(42);
    await page.getByText('What the figures mean').click();
    await page.getByText('what the ledger gives to touches of the campaign').waitFor();
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser(
    'is narrowed by period, partner and model, which stand in the address; the evidence leads to the lead',
    async () => {
      const page = await stage.open('/reports');
      await page.getByLabel('Period').selectOption('previous half-year');
      await page.getByLabel('Partner').selectOption('Alder Systems');
      await page.getByLabel('Model').selectOption('linear');
      await page.getByLabel('Show every deal and touch').check();
      const lead = page.getByRole('region', { name: 'Deals' }).getByRole('link', { name: 'ld_1' });
      await lead.waitFor();
      expect(stage.reports.asked.at(-1)).toEqual({
        period: 'previous half-year',
        from: null,
        to: null,
        partner: 'pt_1',
        campaign: null,
        models: ['linear'],
        drill: true,
      });
      expect(await lead.getAttribute('href')).toBe('/leads/ld_1');
      await page.reload();
      await lead.waitFor();
      await page.getByRole('button', { name: 'Clear' }).click();
      await lead.waitFor({ state: 'detached' });
      expect(new URL(page.url()).search).toBe('?report=roi');
      expect(stage.troubles()).toEqual([]);
    },
  );

  inBrowser('is opened by keyboard and downloaded as it is shown', async () => {
    const page = await stage.open('/reports?partner=pt_1');
    const offers = page.getByRole('navigation', { name: 'Reports' }).getByRole('link', { name: 'Offers' });
    await offers.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Offers', level: 2 }).waitFor();
    const waiting = page.waitForEvent('download');
    await page.getByRole('link', { name: 'CSV' }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe('offers.csv');
    expect((await readFile(await download.path(), 'utf8')).split('\r\n')[1]).toContain('<b>Webinar</b>');
    expect(stage.reports.asked.at(-1)?.partner).toBe('pt_1');
    const [workbook] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Excel' }).click(),
    ]);
    expect(workbook.suggestedFilename()).toBe('offers.xlsx');
  });

  inBrowser('says that there is nothing, and why a report cannot be made', async () => {
    stage.port.empty = true;
    const page = await stage.open('/reports');
    await page.getByText('Nothing in this period, or for this choice.').waitFor();
    const wrong = await stage.open('/reports?from=2026-03-01&to=2026-02-01');
    await wrong.getByRole('alert').waitFor();
    expect(await wrong.getByRole('alert').innerText()).toContain('2026-03-01 is after 2026-02-01');
  });

  for (const colorScheme of ['light', 'dark'] as const)
    inBrowser(
      `keeps nobody out: names, headings and contrast, in the ${colorScheme} scheme and a narrow window`,
      async () => {
        const page = await stage.open('/reports?drill=1', { colorScheme });
        await page.getByRole('region', { name: 'Deals' }).first().waitFor();
        expect(await basicFaults(page)).toEqual([]);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/reports-${colorScheme}.png` });
        const narrow = await stage.open('/reports?drill=1', { colorScheme, viewport: { width: 360, height: 740 } });
        await narrow.getByRole('region', { name: 'Deals' }).first().waitFor();
        expect(await narrow.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
        expect(await basicFaults(narrow)).toEqual([]);
        if (process.env.SHOTS)
          await narrow.screenshot({ path: `${process.env.SHOTS}/reports-${colorScheme}-narrow.png`, fullPage: true });
      },
    );
});
