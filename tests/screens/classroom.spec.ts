import type { Page } from '@playwright/test'
import { dataOn } from '../support/disks.ts'
import { expect, test } from './support/fixtures.ts'
import { adopt } from './support/steps.ts'

const REFERENCE = '52:54:00:a0:00:01'
const TARGET = '52:54:00:a0:00:02'

async function openClassroom(page: Page): Promise<void> {
  await page.getByRole('treeitem', { name: 'Aula 1' }).click()
}

async function select(page: Page, name: string): Promise<void> {
  await page.getByLabel(`Seleccionar ${name}`).check()
}

test('adopt, create an image, restore it on another computer, and see it all happen', async ({ screens: page, boot, disks }) => {
  const reference = await disks.reference()
  const target = await disks.target()

  await test.step('computers that boot wait to be adopted', async () => {
    await boot(REFERENCE, reference.disk.device)
    await boot(TARGET, target.device)
    await adopt(page, REFERENCE, 'pc-01')
    await adopt(page, TARGET, 'pc-02')
    await expect(page.getByText('No hay ordenadores por adoptar')).toBeVisible()
    await openClassroom(page)
    await expect(page.getByRole('article', { name: 'pc-01' }).getByText('Esperando')).toBeVisible()
    await expect(page.getByRole('article', { name: 'pc-02' }).getByText('Esperando')).toBeVisible()
    await expect(page.getByRole('status', { name: 'Ordenadores por estado' })).toContainText('2 esperando')
  })

  await test.step('a partition becomes an image', async () => {
    await select(page, 'pc-01')
    await page.getByRole('button', { name: 'Crear imagen…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
    await dialog.getByLabel('Nombre de la imagen').fill('datos de clase')
    await dialog.getByRole('button', { name: 'Crear imagen' }).click()
    await expect(dialog).toBeHidden()
    await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
    await expect(page.getByRole('row', { name: /Crear imagen/ })).toContainText('Correcta', { timeout: 60_000 })
    await page.getByRole('link', { name: 'Imágenes' }).click()
    await expect(page.getByRole('button', { name: /datos de clase/ })).toContainText('una partición')
  })

  await test.step('a destination that is too small says so before anything is touched', async () => {
    await openClassroom(page)
    await select(page, 'pc-02')
    await page.getByRole('button', { name: 'Restaurar…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'Disco 1, partición 2' }).check()
    await chooseImage(page)
    await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
    await expect(dialog.getByRole('row', { name: /pc-02/ })).toContainText('demasiado pequeño')
    await expect(dialog.getByRole('button', { name: /Borrar y restaurar/ })).toBeDisabled()
    await dialog.getByRole('button', { name: 'Atrás' }).click()
  })

  await test.step('the restore shows its progress and its end', async () => {
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
    await chooseImage(page)
    await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
    await expect(dialog.getByRole('group', { name: 'Se borrará para siempre' })).toContainText('pc-02')
    await dialog.getByRole('button', { name: 'Borrar y restaurar 1 ordenador' }).click()
    await expect(dialog).toBeHidden()
    const tile = page.getByRole('article', { name: 'pc-02' })
    await expect(tile.getByText('Ocupado')).toBeVisible()
    await expect(tile.getByRole('progressbar', { name: 'Restaurar pc-02' })).toBeVisible()
    await expect(tile.getByText('MB/s').first()).toBeVisible()
    await expect(tile.getByText('Esperando')).toBeVisible({ timeout: 60_000 })
    await expect(tile.getByText('Falló')).toBeHidden()
  })

  await test.step('operations say who, what and how it ended, with the log', async () => {
    await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
    const row = page.getByRole('row', { name: /Restaurar/ })
    await expect(row).toContainText('Correcta')
    await expect(row).toContainText('datos de clase')
    await row.getByRole('button', { name: 'Log de Restaurar en pc-02' }).click()
    await expect(page.getByRole('log')).toContainText('[100]')
  })

  await test.step('the data are on the other computer', async () => {
    expect(await dataOn(target)).toBe(reference.sha256)
  })
})

async function chooseImage(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('combobox', { name: 'Imagen' }).click()
  await page.getByRole('option', { name: /datos de clase/ }).click()
}
