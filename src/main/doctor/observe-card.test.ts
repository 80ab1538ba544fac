import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NetworkCard } from '../platform/network.ts'
import { observeCard } from './observe-card.ts'

const card: NetworkCard = { name: 'eth0', address: '10.0.0.1', netmask: '255.255.255.0', prefix: 24, broadcast: '10.0.0.255', mac: '52:54:00:00:00:01', kind: 'wired' }
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'clonaula-card-'))
  await mkdir(join(root, 'eth0'))
})
afterEach(() => rm(root, { recursive: true }))

async function facts(files: Record<string, string>): Promise<unknown> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'eth0', name), text)
  return observeCard(card, root)
}

test('reads what the kernel says', async () => {
  expect(await facts({ carrier: '1\n', speed: '1000\n', duplex: 'full\n', mtu: '1500\n' })).toEqual(
    { name: 'eth0', address: '10.0.0.1', wireless: false, carrier: true, speed: 1000, duplex: 'full', mtu: 1500 })
})

test('leaves out what a driver does not know', async () => {
  expect(await facts({ carrier: '0\n', speed: '-1\n', duplex: 'unknown\n', mtu: '1500\n' })).toEqual(
    { name: 'eth0', address: '10.0.0.1', wireless: false, carrier: false, mtu: 1500 })
})

test('knows nothing where there are no such files', async () => {
  expect(await observeCard({ ...card, kind: 'wireless' }, join(root, 'none'))).toEqual({ name: 'eth0', address: '10.0.0.1', wireless: true })
})
