import type { Page } from '@playwright/test'
import { dataOn } from '../support/disks.ts'
import { expect, test } from './support/fixtures.ts'
import { adopt } from './support/steps.ts'

const REFERENCE = '52:54:00:a0:00:01'
const TARGET = '52:54:00:a0:00:02'

async function createImage(page: Page): Promise<void> {
  await page.getByRole('treeitem', { name: 'pc-01' }).click()
  await page.getByRole('button', { name: 'Crear imagen…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
  await dialog.getByLabel('Nombre de la imagen').fill('datos')
  await dialog.getByRole('button', { name: 'Crear imagen' }).click()
  await expect(dialog).toBeHidden()
  await succeeded(page, /Crear imagen/)
}

async function succeeded(page: Page, what: RegExp): Promise<void> {
  await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
  await expect(page.getByRole('row', { name: what }).first()).toContainText('Correcta', { timeout: 60_000 })
}

async function openCache(page: Page): Promise<void> {
  await page.getByRole('treeitem', { name: 'pc-02' }).click()
  await page.getByRole('tab', { name: 'CACHE' }).click()
}

/** Leaves the wizard at its plan. */
async function planRestore(page: Page): Promise<void> {
  await page.getByRole('treeitem', { name: 'pc-02' }).click()
  await page.getByRole('button', { name: 'Restaurar…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
  await dialog.getByRole('combobox', { name: 'Imagen' }).click()
  await page.getByRole('option', { name: /datos/ }).click()
  await dialog.getByRole('radio', { name: 'UNICAST-CACHE' }).check()
  await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
}

test('a computer gets a CACHE, an image is brought into it, and a restore needs no network', async ({ screens: page, boot, disks }) => {
  const reference = await disks.reference()
  const target = await disks.roomy()
  await boot(REFERENCE, reference.disk.device)
  await boot(TARGET, target.device)
  await adopt(page, REFERENCE, 'pc-01')
  await adopt(page, TARGET, 'pc-02')
  await createImage(page)

  await test.step('without a CACHE the plan says what is done instead', async () => {
    await planRestore(page)
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('row', { name: /pc-02/ })).toContainText('UNICAST-DIRECT (no tiene CACHE)')
    await dialog.getByRole('button', { name: 'Cancelar' }).click()
  })

  await test.step('it is made in the free space of the disk', async () => {
    await openCache(page)
    await expect(page.getByText('Este ordenador no tiene CACHE')).toBeVisible()
    await page.getByRole('button', { name: 'Crear CACHE…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Crear', exact: true }).click()
    await expect(page.getByRole('region', { name: 'CACHE' })).toContainText('Está vacía', { timeout: 60_000 })
  })

  await test.step('an image is brought into it', async () => {
    await page.getByRole('button', { name: 'Llevar una imagen a la CACHE…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: 'Imagen' }).click()
    await page.getByRole('option', { name: 'datos' }).click()
    await dialog.getByRole('button', { name: 'Llevar', exact: true }).click()
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('table', { name: 'Imágenes en la CACHE' })).toContainText('datos@1', { timeout: 60_000 })
  })

  await test.step('a restore finds it there', async () => {
    await planRestore(page)
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('row', { name: /pc-02/ })).toContainText('UNICAST-CACHE (ya está en la CACHE)')
    await dialog.getByRole('button', { name: 'Borrar y restaurar 1 ordenador' }).click()
    await expect(dialog).toBeHidden()
    await succeeded(page, /Restaurar/)
    expect(await dataOn(target)).toBe(reference.sha256)
  })

  await test.step('a deployment, its command edited, goes where there is a CACHE; where there is none it fails, and nothing is touched', async () => {
    await page.getByRole('treeitem', { name: 'Aula 1' }).click()
    await page.getByRole('checkbox', { name: 'Seleccionar todos' }).check()
    await page.getByRole('button', { name: 'Desplegar…' }).click()
    const dialog = page.getByRole('dialog')
    const commands = dialog.getByRole('textbox', { name: 'Comandos' })
    await expect(dialog.getByText('sin CACHE', { exact: true })).toHaveCount(1)
    await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
    await dialog.getByRole('combobox', { name: 'Imagen' }).click()
    await page.getByRole('option', { name: /datos/ }).click()
    await expect(commands).toHaveValue('deployImage REPO datos 1 1 TORRENT peer:60')
    await expect(dialog.getByRole('status', { name: 'Instalada ahora en el destino' })).toContainText('datos@1 · la más nueva (1 ordenador)')
    await commands.fill('deployImage REPO datos 1 1 UNICASTO')
    await expect(dialog.getByText('«UNICASTO» no vale ahí')).toBeVisible()
    await expect(dialog.getByRole('button', { name: 'Comprobar', exact: true })).toBeDisabled()
    await commands.fill('deployImage REPO datos 1 1 UNICAST')
    await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
    await expect(dialog.getByRole('row', { name: /pc-01/ })).toContainText('Fallará (15): Este equipo no tiene partición CACHE')
    await expect(dialog.getByRole('row', { name: /pc-02/ })).toContainText('UNICAST-CACHE (ya está en la CACHE)')
    await dialog.getByRole('button', { name: 'Borrar y desplegar en 1 ordenador' }).click()
    await expect(dialog).toBeHidden()
    await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
    await expect(page.getByRole('row', { name: /Desplegar.*pc-01/ })).toContainText('no tiene partición CACHE')
    await expect(page.getByRole('row', { name: /Desplegar.*pc-02/ })).toContainText('Correcta', { timeout: 60_000 })
    expect(await dataOn(target)).toBe(reference.sha256)
    expect(await dataOn(reference.disk)).toBe(reference.sha256)
  })

  await test.step('it is emptied when somebody confirms what goes', async () => {
    await openCache(page)
    await page.getByRole('button', { name: 'Vaciar CACHE…' }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('group', { name: 'Se borrará de las CACHE' })).toContainText('pc-02: datos@1')
    await dialog.getByRole('button', { name: 'Vaciar', exact: true }).click()
    await expect(page.getByRole('region', { name: 'CACHE' })).toContainText('Está vacía', { timeout: 60_000 })
  })

  await test.step('an image of the computer goes into it, and from there into the repository', async () => {
    await page.getByRole('button', { name: 'Crear imagen…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
    await dialog.getByLabel('Nombre de la imagen').fill('propia')
    await dialog.getByRole('radio', { name: /En la CACHE de este ordenador/ }).check()
    await dialog.getByRole('button', { name: 'Crear imagen' }).click()
    await expect(dialog).toBeHidden()
    await succeeded(page, /Crear imagen.*CACHE/)
    await openCache(page)
    const images = page.getByRole('table', { name: 'Imágenes en la CACHE' })
    await expect(images).toContainText('propia · solo aquí')
    await page.getByRole('button', { name: 'Publicar propia' }).click()
    await dialog.getByRole('button', { name: 'Publicar', exact: true }).click()
    await expect(dialog).toBeHidden()
    await succeeded(page, /Publicar de la CACHE/)
    await openCache(page)
    await expect(images).not.toContainText('solo aquí')
    await page.getByRole('link', { name: 'Imágenes', exact: true }).click()
    await expect(page.getByRole('button', { name: /propia/ })).toBeVisible()
  })
})
