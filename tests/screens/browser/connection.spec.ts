import { startCore } from '../../../src/main/core.ts'
import { expect, test } from '../support/fixtures.ts'

test('when the console goes away the screens say so; when it is back they ask who is there', async ({ server, place, page }) => {
  await page.goto(server.startAddress() ?? '')
  await expect(page.getByRole('tree', { name: 'Centros y aulas' })).toBeVisible()
  await server.stop()
  await expect(page.getByText(/Se perdió la conexión con la consola/)).toBeVisible()

  // Sessions are kept in memory: a console that was started again knows nobody.
  const again = await startCore({ data: place.data })
  try {
    await expect(page.getByRole('button', { name: 'Entrar' })).toBeVisible()
  } finally {
    await again.stop()
  }
})

test('the page runs no script but its own, and loads nothing from elsewhere', async ({ server, page }) => {
  const foreign: string[] = []
  const origin = new URL(server.startAddress() ?? '').origin
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) foreign.push(request.url())
  })
  await page.goto(server.startAddress() ?? '')
  await expect(page.getByRole('tree', { name: 'Centros y aulas' })).toBeVisible()
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.head.append(script)
    return 'ran' in window
  })
  expect(ran).toBe(false)
  expect(foreign).toEqual([])
})
