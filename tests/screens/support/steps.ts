/** What people do in several specs. */
import type { Page } from '@playwright/test'
import { expect } from './fixtures.ts'

/** Gives a computer that waits its name, in the first classroom. */
export async function adopt(page: Page, mac: string, name: string): Promise<void> {
  await page.getByRole('link', { name: /Por adoptar/ }).click()
  await page.getByRole('button', { name: `Adoptar ${mac}` }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Nombre').fill(name)
  await dialog.getByRole('button', { name: 'Adoptar' }).click()
  await expect(dialog).toBeHidden()
}
