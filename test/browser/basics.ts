import type { Page } from 'playwright-core';

/**
 * Faults that keep people out: controls and images without a name, more or less than one top heading, heading levels
 * that are skipped, ids given twice, text with too little contrast to what is behind it (WCAG 2.2 AA: 4.5, large text 3).
 */
export function basicFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const short = (element: Element) => element.outerHTML.slice(0, 120);
    const visible = (element: Element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

    for (const control of document.querySelectorAll('a, button, input, select, summary')) {
      if (!visible(control)) continue;
      const labels = (control as HTMLInputElement).labels;
      const name =
        control.getAttribute('aria-label') ||
        [...(labels ?? [])].map((label) => label.textContent).join('') ||
        control.textContent ||
        control.querySelector('img[alt]')?.getAttribute('alt');
      if (!name?.trim()) faults.push(`no name: ${short(control)}`);
    }
    for (const image of document.querySelectorAll('img:not([alt])')) faults.push(`no alt: ${short(image)}`);
    if (!document.title || !document.documentElement.lang) faults.push('no title or language');

    const levels = [...document.querySelectorAll('h1, h2, h3, h4')].filter(visible).map((h) => Number(h.tagName[1]));
    if (levels.filter((level) => level === 1).length !== 1) faults.push(`top headings: ${levels}`);
    levels.forEach((level, i) => {
      if (level > (levels[i - 1] ?? 0) + 1) faults.push(`heading level skipped: ${levels}`);
    });

    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    for (const id of new Set(ids.filter((one, i) => ids.indexOf(one) !== i))) faults.push(`id twice: ${id}`);

    // A canvas turns every way of writing a colour into bytes.
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    type Colour = readonly [number, number, number, number];
    const parsed = new Map<string, Colour>();
    const parse = (text: string): Colour => {
      let colour = parsed.get(text);
      if (!colour && canvas) {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = text;
        canvas.fillRect(0, 0, 1, 1);
        const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
        colour = [r, g, b, a / 255];
        parsed.set(text, colour);
      }
      return colour ?? [0, 0, 0, 0];
    };
    const over = (top: Colour, under: Colour): Colour => {
      const mix = (i: 0 | 1 | 2) => top[i] * top[3] + under[i] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const behind = (element: Element | null): Colour => {
      if (!element) return [255, 255, 255, 1];
      const colour = parse(getComputedStyle(element).backgroundColor);
      return colour[3] === 1 ? colour : over(colour, behind(element.parentElement));
    };
    const luminance = (colour: Colour) => {
      const part = (i: 0 | 1 | 2) => {
        const c = colour[i] / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2);
    };
    const poor = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const words = node.textContent?.trim();
      if (!element || !words || !visible(element) || element.closest('svg, noscript, [data-disabled], :disabled'))
        continue;
      const style = getComputedStyle(element);
      const back = behind(element);
      const [a, b] = [luminance(over(parse(style.color), back)), luminance(back)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5))
        poor.add(`contrast ${ratio.toFixed(2)}: "${words.slice(0, 30)}" ${element.className}`);
    }
    return [...faults, ...[...poor].slice(0, 10)];
  });
}
