import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectDir } from '../support/source-files.ts'
import { logIn, openBrowser, visit } from './browser.ts'
import { PASSWORD, startWebPlace } from './web-place.ts'

const FOLDER = join(projectDir, 'screenshots')

test('every page at 1440 and 375 pixels, light and dark', async () => {
  mkdirSync(FOLDER, { recursive: true })
  await using place = await startWebPlace()
  const browser = await openBrowser()
  try {
    const first = await visit(browser)
    await first.page.goto(place.setupLink)
    await first.page.getByRole('button').waitFor()
    await first.page.screenshot({ path: join(FOLDER, 'setup.png') })
    await place.user('anna', 'admin')
    await place.servers.get('web2')?.stop()
    await place.ask('POST', '/v1/drain', { targets: ['api2'], owner: 'otto', reason: 'new kernel' })
    for (const width of [1440, 375]) {
      for (const scheme of ['light', 'dark'] as const) {
        const { page, complaints } = await visit(browser, { width, scheme })
        const shoot = async (name: string, path: string) => {
          await page.goto(`${place.url}/#${path}`)
          await page.locator('h1').waitFor()
          await page.waitForTimeout(300)
          const file = `${name}-${width}-${scheme}.png`
          await page.screenshot({ path: join(FOLDER, file), fullPage: true })
        }
        await logIn(page, place.url, 'anna', PASSWORD)
        for (const [name, path] of PAGES) await shoot(name, path)
        expect(complaints).toEqual([])
      }
    }
  } finally {
    await browser.close()
  }
})

const PAGES = [
  ['overview', '/'],
  ['service', '/services/web'],
  ['server', '/services/web/web2'],
] as const
