import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import type { ScreensOptions } from './tests/screens/support/fixtures.ts'

// Where Electron's binary is not installed, its stand-in runs the same specs (tests/electron-double/README.md).
const root = import.meta.dirname
if (!existsSync(join(root, 'node_modules', 'electron', 'dist'))) {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= join(root, 'tests', 'electron-double')
}

/** Every spec of tests/screens runs through both doors; those of its folders through their own. */
export default defineConfig<ScreensOptions>({
  testDir: 'tests/screens',
  outputDir: '.cache/playwright',
  // One at a time: the specs share loop devices and two cores with real agents.
  workers: 1,
  timeout: 120_000,
  // A machine that is shared may stall a browser for longer than a test waits. What needed its second try is printed as flaky.
  retries: process.env['CI'] === undefined ? 0 : 1,
  expect: { timeout: 15_000 },
  reporter: 'list',
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
  projects: [
    { name: 'desktop', testIgnore: ['browser/**', 'pictures/**'], use: { door: 'desktop' } },
    { name: 'browser', testIgnore: ['desktop/**', 'pictures/**'], use: { door: 'browser' } },
    // Not a test: `PICTURES=1 playwright test --project=pictures` takes the pictures of docs/screens anew.
    ...(process.env['PICTURES'] ? [{ name: 'pictures', testMatch: 'pictures/**', use: { door: 'browser' as const } }] : []),
  ],
})
