import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test as base } from './support/fixtures.ts'

/** Another program that has the TFTP port before the console starts. */
const test = base.extend<{ intruder: Socket }>({
  intruder: async ({ place }, use) => {
    const socket = createSocket('udp4').bind(place.ports.tftp, '127.0.0.1')
    await once(socket, 'listening')
    await use(socket)
  },
})

// The port must be taken before the screens' console starts: fixtures are set up in the order of the parameters.
test('a port that is taken is named, with how to mend it; trying again works', async ({ intruder, place, screens: page }) => {
  await page.getByRole('link', { name: '1 servicio parado' }).click()
  const tftp = page.getByRole('region', { name: 'Cargadores (TFTP)' })
  await expect(tftp.getByText('No funciona')).toBeVisible()
  await expect(tftp.getByRole('alert')).toHaveText(`Otro programa (node, PID ${process.pid}) usa el puerto UDP ${place.ports.tftp}. Ciérrelo y reintente.`)
  await expect(page.getByRole('region', { name: 'Sistema en vivo e imágenes (HTTP)' }).getByText('En marcha')).toBeVisible()

  intruder.close()
  await once(intruder, 'close')
  await tftp.getByRole('button', { name: 'Reintentar Cargadores (TFTP)' }).click()
  await expect(tftp.getByText('En marcha')).toBeVisible()
  await expect(tftp.getByRole('alert')).toBeHidden()
})

test('the network is examined when somebody asks, and the findings say what to do', async ({ screens: page }) => {
  await page.getByRole('link', { name: 'Servicios' }).click()
  const network = page.getByRole('region', { name: 'Red del aula' })
  await network.getByRole('button', { name: 'Examinar la red' }).click()
  await expect(network.getByRole('listitem').filter({ hasText: 'Todos los servicios de la consola funcionan.' })).toBeVisible({ timeout: 15_000 })
  await expect(network.getByRole('listitem').filter({ hasText: 'Nadie da direcciones en esta red' })).toBeVisible()
  await expect(network.getByRole('button', { name: 'Examinar otra vez' })).toBeEnabled()
})
