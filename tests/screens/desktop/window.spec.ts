import { expect, test } from '../support/fixtures.ts'

test('the page reaches the console through its bridge and nothing else', async ({ desktop }) => {
  const page = await desktop.firstWindow()
  await expect(page.getByRole('tree', { name: 'Centros y aulas' })).toBeVisible()
  const seen = await page.evaluate(() => ({
    require: typeof (window as { require?: unknown }).require,
    process: typeof (window as { process?: unknown }).process,
    bridge: Object.keys(window.clonaula ?? {}).sort(),
    frozen: Object.isFrozen(window.clonaula),
  }))
  expect(seen).toEqual({ require: 'undefined', process: 'undefined', bridge: ['languageChanged', 'onMenu', 'onMessage', 'send'], frozen: true })
  await expect(page.evaluate(() => window.clonaula?.send(Symbol('not a message')))).rejects.toThrow(/could not be cloned|Symbol/)
})

test('menu and screens speak the same language, whichever is asked', async ({ desktop }) => {
  const page = await desktop.firstWindow()
  const menuLabels = (): Promise<string[]> => desktop.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items.map(({ label }) => label) ?? [])
  await expect(page.getByRole('link', { name: 'Servicios' })).toBeVisible()
  expect(await menuLabels()).toEqual(['Archivo', 'Edición', 'Ver', 'Idioma'])

  await desktop.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('language-en')?.click())
  await expect(page.getByRole('link', { name: 'Services' })).toBeVisible()
  await expect.poll(menuLabels).toEqual(['File', 'Edit', 'View', 'Language'])

  await desktop.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('services')?.click())
  await expect(page.getByRole('heading', { name: 'Services' })).toBeVisible()
})

test('a reload starts afresh: the old page’s answers do not reach the new one', async ({ desktop }) => {
  const page = await desktop.firstWindow()
  await expect(page.getByRole('treeitem', { name: 'Aula 1' })).toBeVisible()
  // Not at 'commit': Chromium refuses a reload while it still swaps the page of the last one.
  for (let times = 0; times < 5; times += 1) await page.reload({ waitUntil: 'domcontentloaded' })
  await expect(page.getByRole('treeitem', { name: 'Aula 1' })).toBeVisible()
  await page.getByRole('link', { name: 'Servicios' }).click()
  await expect(page.getByRole('region', { name: 'Cargadores (TFTP)' }).getByText('En marcha')).toBeVisible()
})

test('while an operation runs the laptop stays awake, and closing the window asks first', async ({ desktop, boot, disks }) => {
  const { disk } = await disks.reference()
  const page = await desktop.firstWindow()
  await boot('52:54:00:a0:00:03', disk.device)
  await page.getByRole('link', { name: /Por adoptar/ }).click()
  await page.getByRole('button', { name: 'Adoptar 52:54:00:a0:00:03' }).click()
  await page.getByRole('dialog').getByLabel('Nombre').fill('pc-03')
  await page.getByRole('dialog').getByRole('button', { name: 'Adoptar' }).click()
  await page.getByRole('treeitem', { name: 'pc-03' }).click()
  await page.getByRole('button', { name: 'Crear imagen…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Disco 1, disco entero' }).check()
  await dialog.getByLabel('Nombre de la imagen').fill('disco')
  await dialog.getByRole('button', { name: 'Crear imagen' }).click()

  // Blockers are numbered from 0 or 1; there is never more than one.
  const awake = (): Promise<boolean> => desktop.evaluate(({ powerSaveBlocker }) => [0, 1].some((id) => powerSaveBlocker.isStarted(id)))
  await expect.poll(awake).toBe(true)
  const asked = await desktop.evaluate(({ dialog, BrowserWindow }) => {
    const questions: string[] = []
    dialog.showMessageBoxSync = (...given: unknown[]) => {
      questions.push((given.at(-1) as { message: string }).message)
      return 0
    }
    BrowserWindow.getAllWindows()[0]?.close()
    return questions
  })
  expect(asked).toEqual(['Hay 1 operación en curso'])
  await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
  await expect(page.getByRole('row', { name: /Crear imagen/ })).toContainText('Correcta', { timeout: 60_000 })
  await expect.poll(awake).toBe(false)
})
