import { expect, test } from './support/fixtures.ts'

test('while enrolment is open, a computer comes in by itself, with a name of the pattern and its hardware', async ({ screens: page, boot, disks }) => {
  const disk = await disks.target()
  await page.getByRole('treeitem', { name: 'Aula 1' }).click()
  await page.getByRole('button', { name: 'Alta abierta…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Patrón del nombre').fill('aula1-pc##')
  await dialog.getByRole('button', { name: 'Abrir' }).click()
  await expect(page.getByText(/Alta abierta hasta las/)).toBeVisible()

  await boot('52:54:00:a0:00:07', disk.device)
  await page.getByRole('article', { name: 'aula1-pc01' }).getByRole('link', { name: 'aula1-pc01' }).click()
  await expect(page.getByText('52:54:00:a0:00:07')).toBeVisible()
  await page.getByRole('tab', { name: 'Discos' }).click()
  const partitions = page.getByRole('table', { name: 'Particiones del disco 1' })
  await expect(partitions.getByRole('row')).toHaveCount(3)
  await expect(partitions.getByRole('row').nth(2)).toContainText('50,3 MB')
  await page.getByRole('tab', { name: 'Arranque' }).click()
  await expect(page.getByText('Su agente se conectó')).toBeVisible()
})
