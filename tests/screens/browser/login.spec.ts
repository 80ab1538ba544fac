import { expect, logIn, test, USER } from '../support/fixtures.ts'

test('a wrong password is refused in words, in the language chosen; the right one enters', async ({ server, place, page }) => {
  void server
  await page.goto(`http://127.0.0.1:${place.ports.web}/`)
  await logIn(page, { name: USER.name, password: 'no es esta' })
  await expect(page.getByRole('alert')).toHaveText('Usuario o contraseña incorrectos.')
  await expect(page.getByLabel('Usuario')).toHaveValue(USER.name)

  await page.getByRole('radiogroup', { name: 'Idioma' }).getByText('English').click()
  await expect(page.getByRole('alert')).toHaveText('Wrong user or password.')
  await page.getByLabel('Password', { exact: true }).fill(USER.password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByRole('tree', { name: 'Sites and classrooms' })).toBeVisible()

  await page.reload()
  await expect(page.getByRole('tree', { name: 'Sites and classrooms' })).toBeVisible()
  await page.getByRole('button', { name: 'Log out' }).click()
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible()
})

test('the start address lets in once, and its token leaves the address bar', async ({ server, page, browser }) => {
  const address = server.startAddress() ?? ''
  await page.goto(address)
  await expect(page.getByRole('tree', { name: 'Centros y aulas' })).toBeVisible()
  expect(page.url()).not.toContain('token')

  const other = await browser.newPage()
  await other.goto(address)
  await expect(other.getByRole('button', { name: 'Entrar' })).toBeVisible()
  await other.close()
})
