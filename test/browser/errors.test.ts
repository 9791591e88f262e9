import { describe, expect } from '@jest/globals';
import { basicFaults } from './basics.ts';
import { stageFor } from './stage.ts';

const { stage, inBrowser } = stageFor('the page of errors');

describe('the page of errors', () => {
  inBrowser("shows each cause with its count, the CRM's own words as text, and what to do", async () => {
    const page = await stage.open('/errors');
    const causes = page.getByRole('list', { name: 'Errors by cause' }).getByRole('article');
    expect(await causes.count()).toBe(4);
    const first = await causes.first().innerText();
    expect(first).toContain('3 records of salesforce Lead');
    expect(first).toContain('set "Region__c" before <b>saving</b> it');
    expect(first).toContain('Correct the record, then resend.');
    expect(await page.getByRole('status').first().innerText()).toBe('6 errors, 4 causes');
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('shows the records of a cause when asked, by keyboard too', async () => {
    const page = await stage.open('/errors');
    const show = page.getByRole('button', { name: 'Show the records' }).first();
    await show.focus();
    await page.keyboard.press('Enter');
    const records = page.getByRole('list', { name: 'Records' }).getByRole('listitem');
    await records.first().waitFor();
    expect(await records.count()).toBe(3);
    await page.getByRole('button', { name: 'Hide the records' }).click();
    expect(await records.count()).toBe(0);
  });

  inBrowser(
    'speaks of fields where the CRM changed its schema, and of an object as a whole where no record is meant',
    async () => {
      const page = await stage.open('/errors');
      const schema = page.getByRole('article', { name: '1 field of hubspot contacts' });
      await schema.getByRole('button', { name: 'Show the field' }).waitFor();
      const whole = page.getByRole('article', { name: /^hubspot companies$/ });
      expect(await whole.getByRole('button').count()).toBe(0);
      expect(await whole.locator('code').allInnerTexts()).toEqual(['MANY_GONE', 'sluice sync --full']);
    },
  );

  inBrowser('resends one cause and says what follows', async () => {
    const page = await stage.open('/errors');
    await page.getByRole('button', { name: 'Resend' }).first().click();
    await page.getByText('3 writes are sent with the next run.').waitFor();
    expect(stage.port.resent).toEqual(['aaaaaaaaaaaa']);
    await page.getByRole('button', { name: 'Accept as it is' }).click();
    await page.getByText('Taken as the CRM has it now, from the next run on.').waitFor();
    expect(stage.port.resent).toEqual(['aaaaaaaaaaaa', 'bbbbbbbbbbbb']);
    expect(stage.troubles()).toEqual([]);
  });

  inBrowser('offers no resending where that does nothing', async () => {
    const page = await stage.open('/errors');
    const deal = page.getByRole('article').filter({ hasText: 'NO_AMOUNT' });
    expect(await deal.getByRole('button').allInnerTexts()).toEqual(['Show the record']);
  });

  inBrowser('says that nothing waits where nothing does, and why where it cannot say', async () => {
    stage.port.empty = true;
    const page = await stage.open('/errors');
    await page.getByText('Nothing waits for a correction.').waitFor();
    stage.port.empty = false;
    stage.port.broken = true;
    const failing = await stage.open('/errors');
    await failing.getByRole('alert').waitFor();
    expect(await failing.getByRole('alert').innerText()).toContain('The errors could not be loaded');
  });

  inBrowser('is reached from the overview, where something waits', async () => {
    const page = await stage.open('/');
    await page
      .getByRole('list', { name: 'Needs attention' })
      .getByRole('link', { name: /for a correction/ })
      .click();
    await page.getByRole('heading', { level: 1, name: 'Errors' }).waitFor();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    inBrowser(`has labels, headings and contrast as they should be, also narrow (${colorScheme})`, async () => {
      const page = await stage.open('/errors', { colorScheme, viewport: { width: 390, height: 844 } });
      await page.getByRole('button', { name: 'Show the records' }).first().click();
      await page.getByRole('list', { name: 'Records' }).waitFor();
      expect(await basicFaults(page)).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
    });
  }
});
