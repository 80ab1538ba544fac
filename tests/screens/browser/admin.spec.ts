import { expect, logIn, test } from '../support/fixtures.ts'

const LOLA = { name: 'lola', password: 'una clave bien larga' }

test('an administrator adds a user, who logs in; changes the role, and removes them; and it is all in the log', async ({ screens: page, place, browser }) => {
  const dialog = page.getByRole('dialog')
  await page.getByRole('link', { name: 'Administración' }).click()
  await page.getByRole('button', { name: 'Añadir usuario…' }).click()
  await dialog.getByLabel('Nombre de usuario').fill('ANA')
  await expect(dialog.getByText('Ya hay un usuario ANA')).toBeVisible()
  await dialog.getByLabel('Nombre de usuario').fill(LOLA.name)
  await dialog.getByRole('radio', { name: 'consulta' }).check()
  await dialog.getByLabel('Contraseña', { exact: true }).fill('corta')
  await expect(dialog.getByRole('button', { name: 'Añadir' })).toBeDisabled()
  await dialog.getByLabel('Contraseña', { exact: true }).fill(LOLA.password)
  await dialog.getByRole('button', { name: 'Añadir' }).click()
  await expect(page.getByRole('row', { name: /lola/ })).toContainText('consulta')

  const context = await browser.newContext()
  const theirs = await context.newPage()
  await theirs.goto(`http://127.0.0.1:${place.ports.web}/`)
  await logIn(theirs, LOLA)
  await expect(theirs.getByRole('tree', { name: 'Centros y aulas' })).toBeVisible()
  await expect(theirs.getByRole('link', { name: 'Administración' })).toHaveCount(0)

  await page.getByRole('button', { name: 'Cambiar lola' }).click()
  await dialog.getByRole('radio', { name: 'técnico' }).check()
  await dialog.getByRole('button', { name: 'Guardar' }).click()
  await expect(page.getByRole('row', { name: /lola/ })).toContainText('técnico')
  // Another role is another login, with the password that they had.
  await theirs.reload()
  await logIn(theirs, LOLA)
  await expect(theirs.getByRole('button', { name: 'Nueva aula' })).not.toHaveCount(0)
  await context.close()

  await page.getByRole('button', { name: 'Eliminar lola' }).click()
  await dialog.getByRole('button', { name: 'Eliminar' }).click()
  await expect(page.getByRole('row', { name: /lola/ })).toHaveCount(0)
  await page.getByRole('tab', { name: 'Registro' }).click()
  const log = page.getByRole('table', { name: 'Registro' })
  await expect(log.getByRole('row', { name: /users\.remove/ })).toContainText('lola')
  await expect(log.getByRole('row', { name: /lola login/ })).toHaveCount(2)
  await expect(log).not.toContainText(LOLA.password)
})

test('the language of the computers’ screens is kept, whatever that of the window', async ({ screens: page }) => {
  await page.getByRole('link', { name: 'Administración' }).click()
  await page.getByRole('tab', { name: 'Ordenadores' }).click()
  const choice = page.getByRole('radiogroup', { name: 'Idioma de las pantallas de los ordenadores' })
  await expect(choice.getByRole('radio', { name: 'Español' })).toBeChecked()
  await choice.getByRole('radio', { name: 'English' }).check()
  await expect(async () => {
    await page.reload()
    await page.getByRole('tab', { name: 'Ordenadores' }).click()
    await expect(choice.getByRole('radio', { name: 'English' })).toBeChecked()
  }).toPass()
})
