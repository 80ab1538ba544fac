import { expect, test } from './support/fixtures.ts'

test('a site, a classroom, a group: made where they belong, and told what comes next', async ({ screens: page }) => {
  await page.getByRole('button', { name: 'Nuevo centro' }).click()
  await page.getByRole('dialog').getByLabel('Nombre del centro').fill('Facultad de Química')
  await page.getByRole('dialog').getByRole('button', { name: 'Crear' }).click()
  const site = page.getByRole('treeitem', { name: 'Facultad de Química' })
  await site.getByRole('button', { name: 'Nueva aula' }).click()
  await page.getByRole('dialog').getByLabel('Nombre del aula').fill('Laboratorio 3')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Laboratorio 3' })).toBeVisible()
  await expect(page.getByText('Esta aula no tiene ordenadores')).toBeVisible()

  await page.getByRole('treeitem', { name: 'Laboratorio 3' }).getByRole('button', { name: 'Nuevo grupo' }).click()
  await page.getByRole('dialog').getByLabel('Nombre del grupo').fill('Fila 1')
  await page.keyboard.press('Enter')
  await page.getByRole('treeitem', { name: 'Fila 1' }).click()
  await expect(page.getByRole('heading', { name: 'Fila 1' })).toBeVisible()
})

test('a name that is taken is explained inside the dialog, and what was typed stays', async ({ screens: page }) => {
  await page.getByRole('button', { name: 'Nuevo centro' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Nombre del centro').fill('Mi centro')
  await dialog.getByRole('button', { name: 'Crear' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Mi centro')
  await expect(dialog.getByLabel('Nombre del centro')).toHaveValue('Mi centro')
})

test('network properties are checked field by field before they are saved', async ({ screens: page }) => {
  await page.getByRole('treeitem', { name: 'Aula 1' }).click()
  await page.getByRole('button', { name: 'Propiedades del aula' }).click()
  await page.getByLabel('Puerto', { exact: true }).fill('9001')
  await expect(page.getByText('Un número par de 9000 a 9098')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Guardar' })).toBeDisabled()
  await page.getByLabel('Puerto', { exact: true }).fill('9010')
  await page.getByLabel('Servidores DNS').fill('10.0.0.1, 10.0.0.2')
  await page.getByRole('button', { name: 'Guardar' }).click()
  await expect(page.getByText('Guardado')).toBeVisible()

  await page.reload()
  await expect(page.getByLabel('Puerto', { exact: true })).toHaveValue('9010')
  await expect(page.getByLabel('Servidores DNS')).toHaveValue('10.0.0.1, 10.0.0.2')
})

test('the tree is walked with the keyboard alone', async ({ screens: page }) => {
  await page.getByRole('treeitem', { name: 'Mi centro' }).focus()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('treeitem', { name: 'Aula 1' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Aula 1' })).toBeVisible()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByRole('treeitem', { name: 'Aula 1' })).toBeHidden()
})
