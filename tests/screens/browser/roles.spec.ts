import { openUsers } from '../../../src/main/rpc/web/users.ts'
import { expect, logIn, test } from '../support/fixtures.ts'

const password = 'otra clave larga'

test('what a user’s role may not do is not offered, and says why', async ({ server, place, page }) => {
  void server
  await openUsers(place.data).set('lola', password, 'viewer')
  await openUsers(place.data).set('tomas', password, 'technician')
  await page.goto(`http://127.0.0.1:${place.ports.web}/`)
  await logIn(page, { name: 'lola', password })
  const classroom = page.getByRole('treeitem', { name: 'Aula 1' })
  await classroom.click()
  const add = page.getByRole('button', { name: 'Añadir ordenador…' })
  await expect(add).toBeDisabled()
  await add.hover()
  await expect(page.getByRole('tooltip')).toHaveText('Hace falta un usuario con el papel de «técnico»; el suyo es «consulta».')
  await expect(classroom.getByRole('button', { name: 'Nuevo grupo' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Propiedades del aula' }).click()
  await expect(page.getByLabel('Servidores DNS')).not.toBeEditable()
  await expect(page.getByRole('button', { name: 'Guardar' })).toHaveCount(0)

  // Also after a reload, when nobody logs in: the session says who it is.
  await page.reload()
  await expect(page.getByLabel('Servidores DNS')).not.toBeEditable()
  await page.getByRole('button', { name: 'Salir' }).click()
  await logIn(page, { name: 'tomas', password })
  await expect(page.getByLabel('Servidores DNS')).toBeEditable()
  await expect(page.getByRole('button', { name: 'Nuevo centro' })).toHaveCount(0)
  await classroom.click()
  await add.click()
  await expect(page.getByRole('dialog', { name: 'Añadir un ordenador' })).toBeVisible()
})
