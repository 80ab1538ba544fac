/**
 * Takes the pictures of docs/screens from a real console with real agents: a classroom of 24, four of them
 * switched on. Other sizes and languages, to look at while working, go to .cache/pictures.
 */
import type { Page } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Core } from '../../../src/main/core.ts'
import { ClassroomId, HostName, MacAddress } from '#shared/domain/ids.ts'
import { test, USER, logIn } from '../support/fixtures.ts'

const ROOT = join(import.meta.dirname, '../../..')
const DOCS = join(ROOT, 'docs/screens')
const WORK = join(ROOT, '.cache/pictures')
const CALLER = { name: 'ana', role: 'administrator' } as const
const COLUMNS = 6

const macOf = (number: number): string => `52:54:00:a0:01:${String(number).padStart(2, '0')}`

async function fillClassroom(core: Core): Promise<void> {
  await core.handlers['classrooms.update']({ id: ClassroomId.parse(1), name: 'Laboratorio 3' }, CALLER)
  for (let number = 1; number <= 24; number += 1) {
    const { id } = await core.handlers['computers.create'](
      { classroomId: ClassroomId.parse(1), name: HostName.parse(`lab3-pc${String(number).padStart(2, '0')}`), macs: [MacAddress.parse(macOf(number))] },
      CALLER,
    )
    const at = number - 1
    await core.handlers['computers.update']({ id, position: { column: at % COLUMNS, row: Math.floor(at / COLUMNS) } }, CALLER)
  }
}

/** The page as it is, in both sizes and languages; Spanish at 1280×800 is the one of the guides. */
async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(DOCS, `${name}.png`), animations: 'disabled' })
  for (const language of ['en', 'es']) {
    // Not by the mouse: an open dialog is over the switch, and a click beside the dialog closes it.
    await page.locator(`input[type=radio][value=${language}]`).dispatchEvent('click')
    for (const [width, height] of [[1280, 800], [1920, 1080]] as const) {
      await page.setViewportSize({ width, height })
      await page.waitForTimeout(150)
      await page.screenshot({ path: join(WORK, `${name}-${language}-${width}.png`), animations: 'disabled' })
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 })
}

/** Of the computers that are selected the first two groups get the image. */
async function chooseRestore(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Restaurar…' }).click()
  for (const group of [0, 1]) {
    await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).nth(group).check()
    await dialog.getByRole('combobox', { name: 'Imagen' }).nth(group).click()
    await page.getByRole('option', { name: /Debian/ }).click()
  }
}

test('pictures', async ({ server, place, page, boot, disks }) => {
  test.setTimeout(400_000)
  mkdirSync(DOCS, { recursive: true })
  mkdirSync(WORK, { recursive: true })
  await page.goto(`http://127.0.0.1:${place.ports.web}/`)
  await picture(page, 'login')
  await logIn(page, USER)
  await fillClassroom(server)

  const { disk: reference } = await disks.reference()
  for (const [number, disk] of [[1, reference], [2, await disks.roomy()], [3, await disks.target()], [4, await disks.small()], [40, await disks.small()]] as const) {
    await boot(macOf(number), disk.device)
  }
  await page.getByRole('treeitem', { name: 'Laboratorio 3' }).click()
  await page.getByRole('article', { name: 'lab3-pc04' }).getByText('Esperando').waitFor()

  await page.getByRole('link', { name: /Por adoptar/ }).click()
  await picture(page, 'pending')
  await page.getByRole('button', { name: 'Adoptar 52:54:00:a0:01:40' }).click()
  await picture(page, 'adopt')
  await page.keyboard.press('Escape')

  await page.getByRole('treeitem', { name: 'lab3-pc01' }).click()
  await page.getByRole('tab', { name: 'Discos' }).click()
  await picture(page, 'computer')
  await page.getByRole('button', { name: 'Crear imagen…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
  await dialog.getByLabel('Nombre de la imagen').fill('Debian 13 docencia')
  await picture(page, 'create-image')
  await dialog.getByRole('button', { name: 'Crear imagen' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('link', { name: 'Imágenes' }).click()
  await page.getByRole('button', { name: /Debian 13 docencia/ }).click({ timeout: 60_000 })
  await page.getByRole('table', { name: 'Debian 13 docencia' }).waitFor()
  await picture(page, 'images')

  await page.getByRole('treeitem', { name: 'Laboratorio 3' }).click()
  for (const number of [2, 3, 4]) await page.getByLabel(`Seleccionar lab3-pc0${number}`).check()
  await chooseRestore(page)
  await picture(page, 'restore')
  await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
  await dialog.getByRole('button', { name: /Borrar y restaurar/ }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('progressbar').first().waitFor()
  await page.getByText('MB/s').first().waitFor()
  await picture(page, 'classroom')

  await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
  for (const number of [2, 3]) await page.getByRole('row', { name: new RegExp(`lab3-pc0${number}.*Correcta`) }).waitFor({ timeout: 60_000 })
  // The second time it is known how long it takes.
  await page.getByRole('treeitem', { name: 'Laboratorio 3' }).click()
  for (const number of [2, 3, 4]) await page.getByLabel(`Seleccionar lab3-pc0${number}`).check()
  await chooseRestore(page)
  await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
  await dialog.getByRole('group', { name: 'Se borrará para siempre' }).waitFor()
  await picture(page, 'restore-check')
  await dialog.getByRole('button', { name: 'Cancelar' }).click()

  await page.getByRole('treeitem', { name: 'lab3-pc02' }).click()
  await page.getByRole('tab', { name: 'CACHE' }).click()
  await page.getByRole('button', { name: 'Crear CACHE…' }).click()
  await dialog.getByRole('button', { name: 'Crear', exact: true }).click()
  await page.getByRole('button', { name: 'Llevar una imagen a la CACHE…' }).click({ timeout: 60_000 })
  await dialog.getByRole('combobox', { name: 'Imagen' }).click()
  await page.getByRole('option', { name: /Debian/ }).click()
  await dialog.getByRole('button', { name: 'Llevar', exact: true }).click()
  await page.getByRole('table', { name: 'Imágenes en la CACHE' }).waitFor({ timeout: 60_000 })
  await picture(page, 'cache')

  await page.getByRole('treeitem', { name: 'Laboratorio 3' }).click()
  for (const number of [2, 3]) await page.getByLabel(`Seleccionar lab3-pc0${number}`).check()
  await page.getByRole('button', { name: 'Desplegar…' }).click()
  await dialog.getByRole('radio', { name: 'Disco 1, partición 1' }).check()
  await dialog.getByRole('combobox', { name: 'Imagen' }).click()
  await page.getByRole('option', { name: /Debian/ }).click()
  await dialog.getByRole('radio', { name: 'MULTICAST', exact: true }).check()
  await dialog.getByRole('button', { name: 'Comprobar', exact: true }).scrollIntoViewIfNeeded()
  await picture(page, 'deploy')
  await dialog.getByRole('button', { name: 'Comprobar', exact: true }).click()
  await dialog.getByRole('group', { name: 'Se borrará para siempre' }).waitFor()
  await picture(page, 'deploy-check')
  await dialog.getByRole('button', { name: 'Cancelar' }).click()

  await page.getByRole('link', { name: 'Operaciones', exact: true }).click()
  // Without the room's computers in the tree the picture stays small enough for the guides.
  await page.getByRole('treeitem', { name: 'Laboratorio 3' }).focus()
  await page.keyboard.press('ArrowLeft')
  await picture(page, 'operations')
  await page.getByRole('link', { name: 'Servicios' }).click()
  await picture(page, 'services')
  await server.handlers['users.set']({ name: 'lola', role: 'technician', password: 'una clave larga' }, CALLER)
  await page.getByRole('link', { name: 'Administración' }).click()
  await page.getByRole('row', { name: /lola/ }).waitFor()
  await picture(page, 'users')
  await page.getByRole('treeitem', { name: 'Laboratorio 3' }).click()
  await page.getByRole('button', { name: 'Propiedades del aula' }).click()
  await picture(page, 'settings')
  await page.getByRole('treeitem', { name: 'Laboratorio 3' }).click()
  await page.getByRole('button', { name: 'Tema oscuro' }).click()
  await page.mouse.move(640, 780)
  await picture(page, 'classroom-dark')
})
