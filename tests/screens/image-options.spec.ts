import type { Page } from '@playwright/test'
import { dataOn } from '../support/disks.ts'
import { expect, test } from './support/fixtures.ts'
import { adopt } from './support/steps.ts'

const REFERENCE = '52:54:00:a0:02:01'
const TARGET = '52:54:00:a0:02:02'

/** Opens a dialog for one computer of the classroom. */
async function order(page: Page, computer: string, command: string): Promise<void> {
  await page.getByRole('treeitem', { name: 'Aula 1' }).click()
  for (const name of ['pc-01', 'pc-02']) await page.getByLabel(`Seleccionar ${name}`).setChecked(name === computer)
  await page.getByRole('button', { name: command }).click()
}

/** Waits until the newest operation of a kind has gone well. @returns its log */
async function newestLog(page: Page, what: RegExp): Promise<string> {
  await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
  const row = page.getByRole('row', { name: what }).first()
  await expect(row).toContainText('Correcta', { timeout: 60_000 })
  await row.getByRole('button', { name: /^Log de/ }).click()
  await expect(page.getByRole('log')).toContainText('[100]')
  const text = await page.getByRole('log').textContent()
  await page.keyboard.press('Escape')
  return text ?? ''
}

test('an image as small as its data goes into a smaller partition, is verified, and comes again for its differences', async ({ screens: page, boot, disks }) => {
  test.setTimeout(240_000)
  const dialog = page.getByRole('dialog')
  const reference = await disks.reference()
  const target = await disks.tight()
  await boot(REFERENCE, reference.disk.device)
  await boot(TARGET, target.device)
  await adopt(page, REFERENCE, 'pc-01')
  await adopt(page, TARGET, 'pc-02')

  async function capture(name: string, mode?: string): Promise<void> {
    await order(page, 'pc-01', 'Crear imagen…')
    await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
    await dialog.getByLabel('Nombre de la imagen').fill(name)
    if (mode !== undefined) await dialog.getByRole('radio', { name: mode }).check()
    await dialog.getByRole('button', { name: 'Crear imagen' }).click()
    await expect(dialog).toBeHidden()
  }

  async function chooseRestore(image: string): Promise<void> {
    await order(page, 'pc-02', 'Restaurar…')
    await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
    await dialog.getByRole('combobox', { name: 'Imagen' }).click()
    await page.getByRole('option', { name: new RegExp(image) }).click()
  }

  async function confirmRestore(): Promise<void> {
    await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
    await dialog.getByRole('button', { name: 'Borrar y restaurar 1 ordenador' }).click()
    await expect(dialog).toBeHidden()
  }

  await test.step('what is in use, untouched, needs a target like its source', async () => {
    await capture('tal cual', 'Lo que está en uso')
    expect(await newestLog(page, /Crear imagen.*tal cual/)).not.toContain('reducido')
    await chooseRestore('tal cual')
    await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
    await expect(dialog.getByRole('row', { name: /pc-02/ })).toContainText('demasiado pequeño')
    await page.keyboard.press('Escape')
  })

  await test.step('a filesystem is shrunk while it is captured, and has its size again', async () => {
    await capture('a medida')
    const log = await newestLog(page, /Crear imagen.*a medida/)
    expect(log).toMatch(/reducido de .* a .*; es lo que necesitará un destino/)
    expect(log).toContain('vuelve a tener sus')
    expect(await dataOn(reference.disk)).toBe(reference.sha256)
  })

  await test.step('it goes into the smaller partition, read back before it counts', async () => {
    await chooseRestore('a medida')
    await dialog.getByRole('checkbox', { name: 'Comprobar al terminar' }).check()
    await confirmRestore()
    expect(await newestLog(page, /Restaurar.*a medida/)).not.toMatch(/\d MB ya estaban en su sitio/)
    expect(await dataOn(target)).toBe(reference.sha256)
  })

  await test.step('restored again, nearly all of it is there already', async () => {
    await chooseRestore('a medida')
    await expect(dialog.getByRole('checkbox', { name: 'Escribir solo lo que cambia' })).toBeChecked()
    await confirmRestore()
    await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
    await expect(page.getByRole('row', { name: /Restaurar.*a medida/ })).toHaveCount(2)
    expect(await newestLog(page, /Restaurar.*a medida/)).toMatch(/2\d\d MB ya estaban en su sitio/)
    expect(await dataOn(target)).toBe(reference.sha256)
  })
})
