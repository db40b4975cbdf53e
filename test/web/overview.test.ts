import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../services/shared/wire/status.ts'
import { realServer, service, status } from '../acceptance/lvsctl-data.ts'
import { barriers, logIn, openBrowser, type Visit, visit } from './browser.ts'
import { startFakeConsole } from './fake-console.ts'
import { PASSWORD, startWebPlace, type WebPlace } from './web-place.ts'

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())

describe('a person at a running monitor', () => {
  let place: WebPlace
  beforeAll(async () => {
    place = await startWebPlace()
  })
  afterAll(() => place?.[Symbol.asyncDispose]())

  test('sets the first administrator up, once, and is logged in', async () => {
    const { page, complaints, context } = await visit(browser)
    await page.goto(place.setupLink)
    await page.getByLabel('Name').fill('anna')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button').click()
    await page.getByRole('heading', { name: 'The first administrator' }).waitFor()
    await page.getByLabel('Password').fill(PASSWORD)
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button').click()
    await page.getByText('anna, administrator').waitFor()
    expect(page.url()).not.toContain('setup')
    const other = await visit(browser)
    await other.page.goto(place.setupLink)
    await other.page.getByLabel('Name').fill('eve')
    await other.page.getByLabel('Password').fill(PASSWORD)
    await other.page.getByRole('button').click()
    await other.page.getByText('This link is not valid any more').waitFor()
    expect(complaints).toEqual([])
    await Promise.all([context.close(), other.context.close()])
  })

  test('logs in with the right password only, and out everywhere', async () => {
    await place.user('otto', 'operator')
    const { page, context } = await visit(browser)
    await page.goto(place.url)
    await page.getByLabel('Name').fill('otto')
    await page.getByLabel('Password').fill('wrong')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('The name or the password is wrong.').waitFor()
    const other = await visit(browser)
    for (const each of [page, other.page]) {
      await logIn(each, place.url, 'otto', PASSWORD)
      await each.getByText('otto, operator').waitFor()
    }
    expect(await page.evaluate('document.cookie')).toBe('')
    await page.getByText('otto, operator').click()
    await page.getByRole('button', { name: 'Log out everywhere' }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await other.page.reload()
    await other.page.getByRole('heading', { name: 'Log in' }).waitFor()
    await Promise.all([context.close(), other.context.close()])
  })

  test('sees a real server fail and come back without touching anything', async () => {
    await place.user('vera', 'viewer')
    const { page, complaints, context } = await visit(browser)
    await logIn(page, place.url, 'vera', PASSWORD)
    await page.getByText('Nothing is wrong: 2 virtual services, 6 real servers.').waitFor()
    await place.servers.get('web2')?.stop()
    const words = 'web: 1 of 4 real servers out; 75 % of capacity left; panic threshold at 50 %'
    await page.getByText(words).waitFor()
    await page.getByText('1 down, 3 serving').waitFor()
    await page.getByText(words).click()
    await page.getByRole('heading', { name: 'Virtual service web' }).waitFor()
    await page.getByRole('row', { name: /web2/ }).getByText('connect.refused').waitFor()
    await page.getByRole('link', { name: 'web2' }).click()
    await page.getByText('A check fails.').waitFor()
    await page.getByText('lb1: weight 0').waitFor()
    await page.getByText('web/web2 is down').waitFor()
    expect(await page.getByRole('button', { name: 'Run its checks once' }).count()).toBe(0)
    expect(await barriers(page)).toEqual([])
    await page.goBack()
    await place.servers.get('web2')?.start()
    await page.getByText('4 serving').waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })
})

describe('an operator', () => {
  test('sees why a weight is what it is, runs the checks, and looks back a week', async () => {
    await using place = await startWebPlace()
    await place.user('otto', 'operator', ['web'])
    const { page, complaints, context } = await visit(browser)
    await logIn(page, place.url, 'otto', PASSWORD)
    await page.goto(`${place.url}/#/services/web/web1`)
    await page.getByText('Its checks pass.').waitFor()
    await page.getByRole('button', { name: 'Run its checks once' }).click()
    await page.getByText('GET / HTTP/1.1').waitFor()
    await page.getByRole('link', { name: '7 days' }).click()
    expect(page.url()).toContain('range=7d')
    await page.getByRole('link', { name: '7 days' }).and(page.locator('[aria-current]')).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.goto(`${place.url}/#/services/api/api1`)
    await page.getByText('Its checks pass.').waitFor()
    expect(await page.getByRole('button', { name: 'Run its checks once' }).count()).toBe(0)
    expect(complaints).toEqual([])
    await context.close()
  })
})

describe('the overview', () => {
  const few = (): Status => ({
    ...status(),
    services: [
      service({
        name: 'web',
        realServers: [
          realServer({ name: 'web1' }),
          realServer({
            ...{ name: 'web2', health: 'down', reason: 'http: fail connect.refused' },
            weight: { configured: 100, effective: 0 },
          }),
        ],
      }),
      service({ name: 'mail', realServers: [realServer({ name: 'mx1', zone: 'rack-b' })] }),
      service({ name: 'dns', realServers: [realServer({ name: 'ns1' })] }),
    ],
  })
  const namesOf = async ({ page }: Visit) => page.locator('tbody a.row-link').allTextContents()

  test('is filtered, sorted and narrowed as one types, and the link says so', async () => {
    await using place = await startFakeConsole(few())
    const seen = await visit(browser)
    const { page, context } = seen
    await logIn(page, place.url, 'anna', PASSWORD)
    await page.getByRole('link', { name: 'mail', exact: true }).waitFor()
    expect(await namesOf(seen)).toEqual(['web', 'dns', 'mail'])
    await page.keyboard.press('Control+k')
    await page.keyboard.type('rack-b')
    expect(await namesOf(seen)).toEqual(['mail'])
    expect(page.url()).toContain('#/?q=rack-b')
    await page.keyboard.press('Escape')
    await page.getByLabel('Sort by').selectOption('name')
    expect(await namesOf(seen)).toEqual(['dns', 'mail', 'web'])
    await page.getByLabel('only troubled').check()
    expect(await namesOf(seen)).toEqual(['web'])
    await page.reload()
    await page.getByRole('link', { name: 'web', exact: true }).waitFor()
    expect(await namesOf(seen)).toEqual(['web'])
    await context.close()
  })

  test('is used by the keyboard alone', async () => {
    await using place = await startFakeConsole(few())
    const { page, context } = await visit(browser)
    await logIn(page, place.url, 'anna', PASSWORD)
    await page.getByRole('link', { name: 'mail', exact: true }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Virtual service dns' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Virtual services' }).waitFor()
    await context.close()
  })

  test('says when it is stale, and comes back by itself', async () => {
    const first = await startFakeConsole(few())
    const port = Number(new URL(first.url).port)
    const { page, context } = await visit(browser)
    await logIn(page, first.url, 'anna', PASSWORD)
    await page.locator('.live-live').waitFor()
    await first[Symbol.asyncDispose]()
    await page.getByText('the console cannot be reached').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByRole('link', { name: 'mail', exact: true }).waitFor()
    // Its log-ins were in memory: another console asks for another log-in.
    await using _again = await startFakeConsole(few(), port)
    await page.getByText('Your log-in has ended.').waitFor()
    await context.close()
  })

  test.each([
    [1440, 'light', 'en-GB'],
    [1440, 'dark', 'en-GB'],
    [375, 'light', 'en-GB'],
    [375, 'dark', 'zh-CN'],
  ] as const)('has no barriers at %i pixels, %s, %s', async (width, scheme, language) => {
    await using place = await startFakeConsole(few())
    const { page, complaints, context } = await visit(browser, { width, scheme, language })
    await page.goto(place.url)
    await page.locator('input[name=name]').fill('anna')
    await page.locator('input[name=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.locator('table').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByRole('link', { name: 'web', exact: true }).click()
    await page.locator('table.servers').waitFor()
    expect(await barriers(page)).toEqual([])
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await page.evaluate(overflow)).toBe(0)
    if (language === 'zh-CN') await page.getByText('服务中').first().waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })
})

test('five thousand real servers are drawn as far as they are on the screen', async () => {
  const server = (index: number) =>
    realServer({ name: `rs${index}`, address: `10.0.${index >> 8}.${index & 255}` })
  const many = [...Array(5000)].map((_, index) => server(index))
  const services = [...Array(100)].map((_, index) =>
    service({ name: `vs${index}`, realServers: many.slice(index * 40, index * 40 + 40) }),
  )
  const all = service({ name: 'all', realServers: many })
  await using place = await startFakeConsole({ ...status(), services: [all, ...services] })
  const { page, context } = await visit(browser)
  await logIn(page, place.url, 'anna', PASSWORD)
  await page.getByRole('link', { name: 'all', exact: true }).waitFor()
  await page.goto(`${place.url}/#/services/all`)
  await page.getByText('5,000 of 5,000').waitFor()
  expect(await page.locator('tbody tr').count()).toBeLessThan(100)
  await page.getByLabel('Filter').fill('rs4999')
  await page.getByText('1 of 5,000').waitFor()
  await page.getByRole('link', { name: 'rs4999' }).waitFor()
  await page.getByLabel('Filter').fill('')
  await page.getByText('5,000 of 5,000').waitFor()
  await page.evaluate('scrollTo(0, document.body.scrollHeight)')
  await page.getByRole('link', { name: 'rs4999' }).waitFor()
  expect(await page.locator('tbody tr').count()).toBeLessThan(100)
  await context.close()
})
