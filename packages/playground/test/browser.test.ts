/**
 * @file The built page in a real browser, with and without threads: that it trains, shows it, stays free meanwhile, and
 * computes what Node computes.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Notes, Session } from '../src/training/session.ts';
import { defaultSettings, type Settings } from '../src/training/settings.ts';
import { launchOptions } from './support/chromium.ts';
import { buildSite, digitsOf, serve, type Site } from './support/site.ts';

/** What "Save the numbers" saves. */
type Saved = Notes & { readonly settings: Settings };

if (launchOptions === null) console.warn('The page is not tested: this machine has no Chromium.');
const [describeWhereItRuns, title] =
  launchOptions === null
    ? [describe.skip, 'the page in Chromium, which this machine lacks']
    : [describe, 'the page in Chromium'];

describeWhereItRuns(title, () => {
  let folder: string;
  let browser: Browser;
  /** What the page has complained of since it was opened. */
  let complaints: string[];
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'windfall-playground-'));
    buildSite(folder);
    browser = await chromium.launch(launchOptions!);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function open(
    site: Site,
    options: { hash?: string; width?: number; hasTouch?: boolean } = {},
  ): Promise<Page> {
    const { hash = '', width = 1280, hasTouch = false } = options;
    const page = await browser.newPage({ viewport: { width, height: 844 }, hasTouch });
    closing.push(() => page.close());
    complaints = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${site.address}${hash}`);
    return page;
  }

  async function start(
    options: { isolated: boolean; lacks?: string },
    view: Parameters<typeof open>[1] = {},
  ): Promise<Page> {
    const site = await serve(folder, options);
    closing.push(() => {
      site.close();
    });
    return open(site, view);
  }

  const ready = (page: Page): Promise<unknown> => page.waitForSelector('button.primary:enabled');

  const stepOf = (page: Page): Promise<number> =>
    page.evaluate(() => Number(document.querySelector('.readout-step')!.textContent.replaceAll(',', '')));

  const reach = (page: Page, step: number): Promise<unknown> =>
    page.waitForFunction(
      (goal) => Number(document.querySelector('.readout-step')!.textContent.replaceAll(',', '')) >= goal,
      step,
      { timeout: 60_000 },
    );

  /** Trains for at least so many steps, and gives what was noted. */
  async function train(page: Page, steps: number): Promise<Saved> {
    await page.getByRole('button', { name: 'Train' }).click();
    await reach(page, steps);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Train' }).waitFor();
    return save(page);
  }

  async function save(page: Page): Promise<Saved> {
    const downloaded = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the numbers' }).click();
    const path = await (await downloaded).path();
    return JSON.parse(readFileSync(path, 'utf8')) as Saved;
  }

  /** What Node notes with the settings and the digits of the page. */
  function inNode({ settings, points, looks }: Saved): Notes {
    const session = new Session(settings, digitsOf(folder));
    const last = Math.max(points.at(-1)!.step, looks.at(-1)!.step);
    while (session.step < last) session.advance();
    return session.takeNotes();
  }

  /** The charts as they look. */
  const pictures = (page: Page): Promise<string[]> =>
    page.$$eval('.plot canvas', (canvases) =>
      canvases.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
    );

  test.each([true, false])(
    'it trains, and computes bit for bit what Node does (cross-origin isolated: %s)',
    async (isolated) => {
      const page = await start({ isolated });
      await ready(page);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
      await page.waitForFunction(() => document.querySelector('.accuracy output')!.textContent !== '–');
      const before = await pictures(page);
      expect(before).toHaveLength(6);

      const saved = await train(page, 100);
      expect(saved.settings).toEqual(defaultSettings);
      const threads = isolated ? await page.evaluate(() => navigator.hardwareConcurrency) : 1;
      expect(await page.locator('.readouts').textContent()).toContain(
        threads === 1 ? 'on 1 thread' : `on ${threads} threads`,
      );

      const [first, , third] = saved.looks;
      expect(third!.networks[1].accuracy).toBeGreaterThan(first!.networks[1].accuracy + 0.4);
      expect(saved.points.at(-1)!.networks[1].loss).toBeLessThan(saved.points[0]!.networks[1].loss - 0.5);
      const { points, looks } = inNode(saved);
      expect({ points, looks }).toEqual({ points: saved.points, looks: saved.looks });

      const after = await pictures(page);
      for (const [chart, picture] of after.entries()) expect(picture).not.toBe(before[chart]);
      expect(complaints).toEqual([]);
    },
    120_000,
  );

  test('while it trains, the page is free to answer', async () => {
    const page = await start({ isolated: true });
    await ready(page);
    const protocol = await page.context().newCDPSession(page);
    // What the page's own thread computes, rather than how long it takes, which depends on what else the machine does.
    await protocol.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busySeconds = async (): Promise<number> => {
      const { metrics } = await protocol.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')!.value;
    };
    await page.getByRole('button', { name: 'Train' }).click();
    await reach(page, 20);
    const [started, busy, step] = [performance.now(), await busySeconds(), await stepOf(page)];
    await reach(page, step + 100);
    const seconds = (performance.now() - started) / 1000;
    // A page that trained itself would have no time left.
    expect(((await busySeconds()) - busy) / seconds).toBeLessThan(0.6);

    // It answers in the middle of it.
    await page.locator('.layer-choice select').selectOption('1');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Train' }).waitFor();
    expect(await stepOf(page)).toBeGreaterThan(step + 100);
    expect(complaints).toEqual([]);
  }, 120_000);

  test('switching batch normalization off, by keyboard, starts both anew and makes them one', async () => {
    const hash = '#seed=5&batch=30&a=2x20,tanh,plain,0.3,0.1&b=2x20,tanh,bn,0.3,0.1';
    const page = await start({ isolated: true }, { hash });
    await ready(page);
    const normalized = await train(page, 50);
    expect(normalized.points.at(-1)!.networks[0]).not.toEqual(normalized.points.at(-1)!.networks[1]);

    // Every control is reached by the tabulator.
    const focused = (): Promise<string> =>
      page.evaluate(
        () =>
          `${document.activeElement!.closest('section')?.ariaLabel ?? ''} ${document.activeElement!.getAttribute('role') ?? ''}`,
      );
    for (let k = 0; k < 40 && (await focused()) !== 'Network B switch'; k++) await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.waitForFunction(() => location.hash.endsWith('b=2x20,tanh,plain,0.3,0.1'));
    expect(await stepOf(page)).toBe(0);

    const plain = await train(page, 50);
    for (const { networks } of [...plain.points, ...plain.looks]) expect(networks[0]).toEqual(networks[1]);
    expect(plain.points[4]!.networks[0]).toEqual(normalized.points[4]!.networks[0]);
    expect(plain.points[4]!.networks[1]).not.toEqual(normalized.points[4]!.networks[1]);
    expect(complaints).toEqual([]);
  }, 120_000);

  test('digits are drawn with a mouse, a finger and the keyboard, on a screen as wide as that of a phone', async () => {
    const hash = '#batch=30&a=1x20,relu,plain,0.1,0.1&b=1x100,relu,bn,0.1,0.1';
    const page = await start({ isolated: false }, { hash, width: 390, hasTouch: true });
    await ready(page);
    await train(page, 100);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const verdict = page.locator('.verdict.network-1 .verdict-digit');
    const read = (text: string): Promise<unknown> =>
      page.waitForFunction(
        (digit) => document.querySelector('.verdict.network-1 .verdict-digit')!.textContent === digit,
        text,
      );
    expect(await verdict.textContent()).toBe('–');

    // The first test digit is a seven.
    await page.getByRole('button', { name: 'A test digit' }).click();
    await read('7');
    await page.getByRole('button', { name: 'Clear' }).click();
    await read('–');

    const sheet = page.locator('.sheet');
    await sheet.scrollIntoViewIfNeeded();
    const { x, y, width } = (await sheet.boundingBox())!;
    const middle = x + width / 2;
    await page.mouse.move(middle, y + width / 5);
    await page.mouse.down();
    await page.mouse.move(middle, y + (4 * width) / 5, { steps: 5 });
    await page.mouse.up();
    await read('1');

    await sheet.focus();
    await page.keyboard.press('Delete');
    await read('–');
    await page.keyboard.press('Space');
    for (let k = 0; k < 15; k++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await read('1');

    await page.keyboard.press('Delete');
    await read('–');
    // Focus may have scrolled.
    const { y: top } = (await sheet.boundingBox())!;
    await page.touchscreen.tap(middle, top + width / 2);
    await page.waitForFunction(
      () => document.querySelector('.verdict.network-1 .verdict-digit')!.textContent !== '–',
    );
    expect(complaints).toEqual([]);
  }, 120_000);

  test('a network that diverges is told of, and hinders nothing', async () => {
    const page = await start({ isolated: true });
    await ready(page);
    await page.getByRole('button', { name: 'ReLU, too fast' }).click();
    const saved = await train(page, 60);
    expect(saved.points.map(({ networks }) => networks[0].loss)).toContain(null);
    expect(saved.looks[1]!.networks[1].accuracy).toBeGreaterThan(0.4);
    await page.getByText('The loss has grown beyond all numbers').waitFor();
    await page.getByRole('button', { name: 'A test digit' }).click();
    await page.getByText('it has diverged').waitFor();
    expect(complaints).toEqual([]);
  }, 120_000);

  test('digits that cannot be fetched are told of in a sentence', async () => {
    const page = await start({ isolated: false, lacks: '/digits/' });
    const notice = page.getByRole('alert');
    await notice.waitFor();
    expect(await notice.textContent()).toMatch(
      /^This page cannot go on: \S+ could not be fetched: the server answers 404[.] Reload it to try again[.]$/,
    );
    expect(await page.locator('button.primary').isDisabled()).toBe(true);
  }, 120_000);
});
