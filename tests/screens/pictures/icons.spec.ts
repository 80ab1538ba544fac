/** Draws resources/icons/*.png from icon.svg; see pictures.spec.ts for how to run it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@playwright/test'

const FOLDER = join(import.meta.dirname, '../../../resources/icons')
/** As the freedesktop icon theme names them; Windows' and macOS' icons are made from the largest. */
const SIZES = [16, 32, 48, 64, 128, 256, 512, 1024]

test('icons', async ({ page }) => {
  const svg = readFileSync(join(FOLDER, 'icon.svg'), 'utf8')
  for (const size of SIZES) {
    await page.setViewportSize({ width: size, height: size })
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`)
    await page.screenshot({ path: join(FOLDER, `${size}x${size}.png`), omitBackground: true })
  }
})
