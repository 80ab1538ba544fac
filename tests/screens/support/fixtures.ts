/** What the specs start with: a place, a real console in it, and its screens through one of the two doors. */
import { _electron, expect, test as base, type ElectronApplication, type Page } from '@playwright/test'
import { join } from 'node:path'
import { startCore, type Core } from '../../../src/main/core.ts'
import { openUsers } from '../../../src/main/rpc/web/users.ts'
import { bootAgent, type Agent } from '../../support/booted-agent.ts'
import { Disks } from '../../support/disks.ts'
import { makePlace, type Place } from '../../support/place.ts'

export { expect }

export interface ScreensOptions {
  door: 'desktop' | 'browser'
}

interface Fixtures {
  place: Place
  /** The desktop program. */
  desktop: ElectronApplication
  /** A console without a window, to which USER may log in. */
  server: Core
  /** The screens, in a window or logged in from a browser. */
  screens: Page
  /** The loop devices of the test's computers; gone with the test. */
  disks: Disks
  /** Boots a computer whose only disk is `device`; it is stopped with the test. */
  boot: (mac: string, device: string) => Promise<Agent>
}

export const USER = { name: 'ana', password: 'una clave larga' }
const ROOT = join(import.meta.dirname, '../../..')

async function startDesktop(place: Place): Promise<ElectronApplication> {
  const env = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  return _electron.launch({
    args: [`--user-data-dir=${join(place.data, 'electron')}`, ROOT],
    env: { ...env, CLONAULA_DATA: place.data },
  })
}

async function startHeadless(place: Place): Promise<Core> {
  await openUsers(place.data).set(USER.name, USER.password, 'administrator')
  return startCore({ data: place.data })
}

export async function logIn(page: Page, { name, password } = USER): Promise<void> {
  await page.getByLabel('Usuario').fill(name)
  await page.getByLabel('Contraseña', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Entrar' }).click()
}

export const test = base.extend<ScreensOptions & Fixtures>({
  door: ['desktop', { option: true }],

  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameter's form to know what a fixture needs
  place: async ({}, use) => {
    const place = await makePlace()
    await use(place)
    place.remove()
  },

  desktop: async ({ place }, use) => {
    const app = await startDesktop(place)
    await use(app)
    await app.close()
  },

  server: async ({ place }, use) => {
    const core = await startHeadless(place)
    await use(core)
    await core.stop()
  },

  screens: async ({ door, place, browser }, use) => {
    if (door === 'desktop') {
      const app = await startDesktop(place)
      await use(await app.firstWindow())
      await app.close()
      return
    }
    const core = await startHeadless(place)
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${place.ports.web}/`)
    await logIn(page)
    await use(page)
    await page.close()
    await core.stop()
  },

  // oxlint-disable-next-line no-empty-pattern -- as above
  disks: async ({}, use) => {
    const disks = new Disks()
    await use(disks)
    await disks.remove()
  },

  // After `disks`, so that agents are stopped before their disks go.
  boot: async ({ place, disks }, use, testInfo) => {
    void disks
    const agents: Agent[] = []
    await use(async (mac, device) => {
      const agent = await bootAgent(place.ports.http, mac, device)
      agents.push(agent)
      return agent
    })
    for (const [index, agent] of agents.entries()) {
      await agent.stop()
      // What a computer that never came up has said of it.
      if (testInfo.status !== testInfo.expectedStatus) await testInfo.attach(`agent ${index + 1}`, { body: agent.output(), contentType: 'text/plain' })
    }
  },
})
