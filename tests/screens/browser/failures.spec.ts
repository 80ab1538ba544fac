import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { runCommand } from '#image/index.ts'
import { MIB } from '../../integration/agent/loop-disk.ts'
import { dataOn } from '../../support/disks.ts'
import { expect, test } from '../support/fixtures.ts'
import { adopt } from '../support/steps.ts'

const REFERENCE = '52:54:00:a0:00:01'
const TARGET = '52:54:00:a0:00:02'

/** @returns the computer's tile */
async function capture(page: Page, computer: string, partition: number, image: string): Promise<Locator> {
  await page.getByRole('treeitem', { name: 'Aula 1' }).click()
  const tile = page.getByRole('article', { name: computer })
  await expect(tile.getByText('Esperando')).toBeVisible({ timeout: 60_000 })
  await tile.getByRole('button', { name: `Acciones de ${computer}` }).click()
  await page.getByRole('menuitem', { name: 'Crear imagen…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: `Disco 1, partición ${partition}` }).check()
  await dialog.getByLabel('Nombre de la imagen').fill(image)
  await dialog.getByRole('button', { name: 'Crear imagen' }).click()
  await expect(dialog).toBeHidden()
  return tile
}

async function restore(page: Page, computer: string): Promise<void> {
  await page.getByRole('treeitem', { name: 'Aula 1' }).click()
  const tile = page.getByRole('article', { name: computer })
  await expect(tile.getByText('Esperando')).toBeVisible({ timeout: 60_000 })
  await tile.getByRole('button', { name: `Acciones de ${computer}` }).click()
  await page.getByRole('menuitem', { name: 'Restaurar…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
  await dialog.getByRole('combobox', { name: 'Imagen' }).click()
  await page.getByRole('option', { name: /datos/ }).click()
  await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
  await dialog.getByRole('button', { name: 'Borrar y restaurar 1 ordenador' }).click()
  await expect(dialog).toBeHidden()
}

async function packs(data: string): Promise<string[]> {
  const folder = join(data, 'repository', 'packs')
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.pack')).map((name) => join(folder, name))
}

test('what cannot be captured says why and what to do, and leaves no image', async ({ screens: page, boot, disks }) => {
  const disk = await disks.target()
  await runCommand(['mkntfs', '--quiet', '--fast', disk.partition(1)])
  await runCommand(['ntfsfix', disk.partition(1)]) // marks it for a check by Windows
  await runCommand(['mkntfs', '--quiet', '--fast', disk.partition(2)])
  await disk.mounted(2, (folder) => writeFile(join(folder, 'hiberfil.sys'), Buffer.concat([Buffer.from('hibr'), Buffer.alloc(MIB)])))
  await boot(REFERENCE, disk.device)
  await adopt(page, REFERENCE, 'pc-01')

  const tile = await capture(page, 'pc-01', 1, 'sucio')
  await expect(tile.getByText('Falló')).toBeVisible({ timeout: 60_000 })
  await expect(tile).toContainText('no se cerró bien. Arranque su sistema, apáguelo con normalidad e inténtelo de nuevo.')
  await capture(page, 'pc-01', 2, 'hibernado')
  await expect(tile).toContainText('está hibernado o se apagó con Inicio rápido', { timeout: 60_000 })
  await page.getByRole('link', { name: 'Imágenes' }).click()
  await expect(page.getByText('No hay imágenes')).toBeVisible()
})

test('a wrong byte in the repository fails the computer on the map, with the reason; mended, the failed one is retried', async ({ screens: page, place, boot, disks }) => {
  const reference = await disks.reference()
  const target = await disks.target()
  await boot(REFERENCE, reference.disk.device)
  await boot(TARGET, target.device)
  await adopt(page, REFERENCE, 'pc-01')
  await adopt(page, TARGET, 'pc-02')
  await capture(page, 'pc-01', 1, 'datos')
  await page.getByRole('link', { name: 'Imágenes' }).click()
  await expect(page.getByRole('button', { name: /datos/ })).toBeVisible({ timeout: 60_000 })

  const [pack] = await packs(place.data)
  const good = await readFile(pack!)
  const bad = Buffer.from(good)
  bad[good.length >> 1]! ^= 1
  await writeFile(pack!, bad)
  await restore(page, 'pc-02')
  const tile = page.getByRole('article', { name: 'pc-02' })
  await expect(tile.getByText('Falló')).toBeVisible({ timeout: 60_000 })
  await expect(tile).toContainText('La imagen está dañada')
  await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
  await expect(page.getByRole('row', { name: /Restaurar/ })).toContainText('Fallida')
  await expect(page.getByRole('row', { name: /Restaurar/ })).not.toContainText('Correcta')

  await writeFile(pack!, good)
  await page.getByRole('treeitem', { name: 'Aula 1' }).click()
  await page.getByRole('button', { name: 'Reintentar el fallido (datos)' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Borrar y restaurar 1 ordenador' }).click()
  await expect(dialog).toBeHidden()
  await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
  await expect(page.getByRole('row', { name: /Restaurar.*Correcta/ })).toBeVisible({ timeout: 60_000 })
  await page.getByRole('treeitem', { name: 'Aula 1' }).click()
  await expect(tile.getByText('Esperando')).toBeVisible()
  await expect(tile.getByText('Falló')).toBeHidden()
  expect(await dataOn(target)).toBe(reference.sha256)

  await test.step('the image goes to the trash, comes back, and goes for good', async () => {
    await page.getByRole('link', { name: 'Imágenes' }).click()
    await page.getByRole('button', { name: /datos/ }).click()
    const throwAway = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Mover a la papelera datos, revisión 1' }).click()
      await dialog.getByRole('button', { name: 'Mover a la papelera' }).click()
      await expect(page.getByText('No hay imágenes')).toBeVisible()
    }
    await throwAway()
    await page.getByRole('button', { name: 'Recuperar datos, revisión 1' }).click()
    await expect(page.getByRole('button', { name: /datos/ })).toBeVisible()
    await expect(page.getByRole('region', { name: 'Papelera' })).toHaveCount(0)
    await page.getByRole('button', { name: /datos/ }).click()
    await throwAway()
    await page.getByRole('button', { name: 'Vaciar…' }).click()
    await expect(dialog.getByRole('listitem')).toHaveText(['datos, revisión 1'])
    await expect(dialog).toContainText(/Quedarán libres unos 2\d\d/)
    await dialog.getByRole('button', { name: 'Eliminar para siempre' }).click()
    await expect(page.getByRole('region', { name: 'Papelera' })).toHaveCount(0)
    expect(await packs(place.data)).toEqual([])
  })
})
