import axe from 'axe-core';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleReport } from '../../src/report/fixtures/sample-report.ts';
import type { SampleOptions } from '../../src/report/fixtures/sample-report.ts';
import { renderHtml } from '../../src/report/html/html.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
  readonly passes: readonly unknown[];
}

describe.skipIf(executablePath === undefined)('the HTML report in a browser (needs Chromium)', () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-report-'));
    browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: quiet });
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a sample report from disk; `faults` collects console errors, page errors and requests to anything but the file. */
  async function open(sample: SampleOptions, options: BrowserContextOptions = {}): Promise<{ page: Page; faults: string[] }> {
    const path = join(folder, `${JSON.stringify(sample).replaceAll(/\W+/g, '-')}.html`);
    writeFileSync(path, renderHtml(sampleReport(sample)));
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && request.url() !== pathToFileURL(path).href)
        faults.push(`request to ${request.url()}`);
    });
    await page.goto(pathToFileURL(path).href);
    return { page, faults };
  }

  const count = (page: Page): Promise<string> => page.locator('#count').innerText();

  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
  ] satisfies (readonly [string, BrowserContextOptions])[])(
    'has no accessibility fault that axe finds: %s',
    async (_name, options) => {
      // The page's policy keeps scripts out, axe too: only for the tests it is switched off.
      const { page, faults } = await open({ baseline: true }, { ...options, bypassCSP: true });
      // axe passes over what is not rendered: everything is opened and drawn first.
      await page.addStyleTag({ content: '.card{content-visibility:visible!important}' });
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
      await page.addScriptTag({ content: axe.source });
      const results = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as AxeResults;
      expect(
        results.violations.map(({ id, nodes }) => [
          id,
          nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary ?? ''}`),
        ]),
      ).toStrictEqual([]);
      expect(results.passes.length).toBeGreaterThan(20);
      expect(faults).toStrictEqual([]);
      await page.context().close();
    },
  );

  it('works under its own policy: no console error, no request', async () => {
    const { page, faults } = await open({});
    expect(await page.title()).toBe('Bulwark: 9 fail, 5 unknown, 29 pass');
    expect(await count(page)).toBe('21 of 56 findings');
    expect(faults).toStrictEqual([]);
    await page.context().close();
  });

  it('filters by verdict, severity, area, namespace and text, and clears', async () => {
    const { page } = await open({});
    await page.selectOption('#filter-verdict', '');
    expect(await count(page)).toBe('56 findings');
    await page.selectOption('#filter-verdict', 'waived');
    expect(await page.locator('.card').allInnerTexts()).toStrictEqual([expect.stringContaining('log-shipper') as string]);
    await page.selectOption('#filter-verdict', '');
    await page.selectOption('#filter-namespace', '=支付');
    expect(await count(page)).toBe('1 of 56 findings');
    await page.selectOption('#filter-namespace', '');
    await page.selectOption('#filter-area', 'authorization');
    await page.selectOption('#filter-severity', 'critical');
    await page.selectOption('#filter-verdict', 'fail');
    expect(await count(page)).toBe('4 of 56 findings');
    await page.fill('#filter-text', 'CI-admin интеграция');
    await expect.poll(() => count(page)).toBe('1 of 56 findings');
    await page.click('#clear');
    expect(await count(page)).toBe('21 of 56 findings');
    await page.context().close();
  });

  it('leads from the picture to an area’s findings and from a finding to its control’s page', async () => {
    const { page } = await open({});
    await page.locator('.picture.wide a[data-area="workload"]').click();
    expect(await count(page)).toBe('2 of 56 findings');
    await page.locator('.card summary').first().click();
    await page.locator('.card a').first().click();
    const control = page.locator('#control-workload-privileged');
    await expect.poll(() => control.getAttribute('open')).toBe('');
    expect(await control.innerText()).toContain('What it means');
    await page.context().close();
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await open({});
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    for (let step = 0; step < 40 && (await page.evaluate('document.activeElement.id')) !== 'filter-text'; step += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.type('seccomp');
    await expect.poll(() => count(page)).toBe('1 of 56 findings');
    for (let step = 0; step < 6; step += 1) await page.keyboard.press('Tab');
    expect(await page.evaluate("document.activeElement.closest('.card') !== null")).toBe(true);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    expect(await page.locator('.card details[open]').count()).toBe(1);
    await page.context().close();
  });

  it('is a readable list without JavaScript, and says when it is not all', async () => {
    const { page } = await open({ extraFindings: 500 }, { javaScriptEnabled: false });
    expect(await page.locator('.card').count()).toBe(100);
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await page.locator('noscript').innerText()).toContain('The worst 100 of 553 findings');
    await page.context().close();
  });

  it('does not scroll sideways on a narrow screen', async () => {
    const { page } = await open({}, { viewport: { width: 360, height: 740 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(await page.locator('.picture.narrow').isVisible()).toBe(true);
    await page.context().close();
  });

  it('holds 10,000 findings, shown in portions', async () => {
    const started = performance.now();
    const { page, faults } = await open({ extraFindings: 10_000 });
    const loaded = performance.now();
    expect(await count(page)).toBe('1631 of 10053 findings');
    expect(await page.locator('.card').count()).toBe(50);
    await page.selectOption('#filter-verdict', '');
    const filterStarted = performance.now();
    await page.fill('#filter-text', 'app-9999');
    await expect.poll(() => count(page), { interval: 5 }).toBe('1 of 10053 findings');
    const filtered = performance.now();
    console.log(
      `10,000 findings: made and loaded in ${Math.round(loaded - started)} ms, filtered by text in ${Math.round(filtered - filterStarted)} ms (120 of it waiting for more keys)`,
    );
    await page.click('#clear');
    await page.click('#more');
    expect(await page.locator('.card').count()).toBe(100);
    expect(await page.evaluate("document.activeElement.closest('.card') === document.querySelectorAll('.card')[50]")).toBe(true);
    expect(faults).toStrictEqual([]);
    await page.context().close();
  });

  it('prints every filtered finding unfolded', async () => {
    const { page } = await open({});
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator('.card details:not([open])').count()).toBe(0);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await page.locator('.card details[open]').count()).toBe(0);
    await page.context().close();
  });
});
