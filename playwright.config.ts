import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from '@playwright/test'

// Where Electron's binary is not installed, its stand-in runs the same specs (tests/electron-double/README.md).
const root = import.meta.dirname
if (!existsSync(join(root, 'node_modules', 'electron', 'dist'))) {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= join(root, 'tests', 'electron-double')
}

/** One at a time: the specs share loop devices and two cores with real agents. */
export default defineConfig({
  testDir: 'tests/screens',
  outputDir: '.cache/playwright',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  forbidOnly: process.env['CI'] !== undefined,
})
