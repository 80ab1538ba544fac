import { expect, test } from './support/fixtures.ts'

test('English is one click away, for every word, and remembered', async ({ screens: page }) => {
  await expect(page.getByRole('button', { name: 'Nueva aula' }).first()).toBeVisible()
  await page.getByRole('radiogroup', { name: 'Idioma' }).getByText('English').click()
  await expect(page.getByRole('button', { name: 'New classroom' }).first()).toBeVisible()
  await expect(page.getByRole('link', { name: 'Services' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')

  await page.reload()
  await expect(page.getByRole('link', { name: 'Services' })).toBeVisible()
  await page.getByRole('radiogroup', { name: 'Language' }).getByText('Español').click()
  await expect(page.getByRole('link', { name: 'Servicios' })).toBeVisible()
})
