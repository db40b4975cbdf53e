import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Where Debian and others put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Starts Chromium; without one the error says what to install. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((path) => existsSync(path))
  if (executablePath === undefined) throw new Error('no Chromium here: apt-get install chromium')
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}

/** How somebody's browser is. */
export interface Visitor {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
  readonly language?: string
}

/** A page that trusts our own certificate, and what went wrong in it. */
export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of scripts, refusals of the content security policy. */
  readonly complaints: string[]
}

/** Opens a window of its own, with no cookies. */
export async function visit(browser: Browser, visitor: Visitor = {}): Promise<Visit> {
  const { width = 1440, scheme = 'light', language = 'en-GB' } = visitor
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width, height: width > 500 ? 900 : 812 },
    colorScheme: scheme,
    locale: language,
    timezoneId: 'Europe/Berlin',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    const isRefusal = /Content Security Policy|Trusted/.test(message.text())
    if (isRefusal) complaints.push(message.text())
  })
  return { context, page, complaints }
}

/** Logs in as a person does. */
export async function logIn(
  page: Page,
  url: string,
  name: string,
  password: string,
): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('navigation').waitFor()
}

/** What axe finds wrong by WCAG 2.2 AA, a line each. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`,
  )) as string[]
  return found
}
