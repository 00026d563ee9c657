import { spawnSync } from 'node:child_process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium, requirePrerequisites } from '../../dev/machine/prerequisites.ts';

/** A browser without windows, and the faults that its pages have reported. */
export interface TestBrowser {
  /** A page in a session of its own. */
  open(url: string, view?: PageView): Promise<Page>;
  /** Errors of scripts, violations of the policy and failed requests, of all pages. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export interface PageView {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly timezone?: string;
  /** Requests of this page are meant to fail, so a failed one is no fault. */
  readonly mayFail?: boolean;
  /** Errors of this page are meant. */
  readonly mayThrow?: boolean;
  /** Changes the page before it is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** It answers 503 while a part is not ready, which the pages show. */
const READINESS = '/health/ready';
/** Chromium starts slowly on a busy machine, and draws slowly. */
const PATIENCE_MS = 120_000;

/** Starts the Chromium of the system; CHROMIUM_PATH names another one. */
export async function openBrowser(): Promise<TestBrowser> {
  const name = findChromium(process.env);
  if (name === undefined) requirePrerequisites(['chromium'], process.env);
  const executablePath = spawnSync('which', [name ?? ''], { encoding: 'utf8' }).stdout.trim();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: PATIENCE_MS });
  const faults: string[] = [];
  return {
    faults,
    open: (url, view) => openPage(browser, faults, url, view),
    close: () => browser.close(),
  };
}

async function openPage(browser: Browser, faults: string[], url: string, view: PageView = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: view.width ?? 1280, height: view.height ?? 900 },
    colorScheme: view.theme ?? 'light',
    ...(view.timezone === undefined ? {} : { timezoneId: view.timezone }),
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await view.prepare?.(page);
  page.on('pageerror', ({ message }) => view.mayThrow !== true && faults.push(message));
  page.on('console', (message) => {
    const { url: source } = message.location();
    const mayFail = view.mayFail === true || source.endsWith(READINESS);
    const isMeant = view.mayThrow === true || (mayFail && /^Failed to load/.test(message.text()));
    if (message.type() === 'error' && !isMeant) faults.push(`${message.text()} ${source}`.trim());
  });
  await page.goto(url);
  return page;
}
