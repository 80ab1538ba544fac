import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BootMode } from '#shared/domain/computer.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import { createScriptTree, type Requester } from '../pxe/index.ts'
import { createBootScripts, type BootScriptParts } from './boot-scripts.ts'
import { decideBoot } from './decide.ts'
import { openLeaseFile } from './leases.ts'
import { openLiveFolder } from './live-system.ts'
import { openLoaderFolder } from './loaders.ts'
import { createRateLimit } from './rate-limit.ts'

const MAC = MacAddress.parse('52:54:00:77:00:01')
const TOKEN = 'T'.repeat(43)
const from = (address: string): Requester => ({ address, protocol: 'http', query: new URLSearchParams() })

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clonaula-boot-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function buildLive(version: string, rootSha256: string, builtAt: number): void {
  const facts = (name: string, sha256 = 'a'.repeat(64)) => [name, { size: name.length, sha256 }] as const
  const files = Object.fromEntries([facts('vmlinuz'), facts('stage1.img'), facts('rootfs.squashfs', rootSha256)])
  for (const name of Object.keys(files)) writeFileSync(join(folder, name), name)
  writeFileSync(join(folder, 'live.json'), JSON.stringify({ version, kernel: '6.12', files, builtFrom: 'x' }))
  utimesSync(join(folder, 'live.json'), builtAt, builtAt)
}

describe('the live system', () => {
  test('is what live.json says, as soon as it is there and as it is now', () => {
    const live = openLiveFolder(folder)
    expect(live.current()).toBeUndefined()
    buildLive('1', 'b'.repeat(64), 1000)
    expect(live.current()).toEqual({ view: { version: '1', kernel: '6.12', bytes: 32 }, rootSha256: 'b'.repeat(64) })
    buildLive('2', 'c'.repeat(64), 2000)
    expect(live.current()?.rootSha256).toBe('c'.repeat(64))
  })

  test('is none while a file is missing or of another size', () => {
    buildLive('1', 'b'.repeat(64), 1000)
    writeFileSync(join(folder, 'stage1.img'), 'cut')
    expect(openLiveFolder(folder).current()).toBeUndefined()
    writeFileSync(join(folder, 'live.json'), '{"version":')
    expect(openLiveFolder(folder).current()).toBeUndefined()
  })

  test('gives out its three files and no other', async () => {
    buildLive('1', 'b'.repeat(64), 1000)
    const { tree } = openLiveFolder(folder)
    expect((await tree.open('live/vmlinuz', from('10.0.0.9')))?.size).toBe(7)
    expect(await tree.open('live/live.json', from('10.0.0.9'))).toBeUndefined()
    expect(await tree.open('live/../live.json', from('10.0.0.9'))).toBeUndefined()
  })
})

test('loaders that are missing are named', () => {
  writeFileSync(join(folder, 'shimx64.efi'), '')
  expect(openLoaderFolder(folder).missing()).toEqual(['undionly.kpxe', 'grubx64.efi', 'snponly.efi'])
})

describe('who boots what', () => {
  const all = { live: true, loaders: true }
  test.each<[string, BootMode | undefined, typeof all, string]>([
    ['an unknown computer', undefined, all, 'boot signed'],
    ['a computer set to live', 'live', all, 'boot signed'],
    ['one whose firmware dislikes GRUB', 'ipxe-live', all, 'boot ipxe'],
    ['one set to its disk', 'disk', all, 'boot signed'],
    ['one set to its disk, without a live system', 'disk', { live: false, loaders: true }, 'boot signed'],
    ['one set to live, without a live system', 'live', { live: false, loaders: true }, 'ignore'],
    ['an unknown one, without a live system', undefined, { live: false, loaders: true }, 'ignore'],
    ['any, without loaders', 'disk', { live: true, loaders: false }, 'ignore'],
  ])('%s', (_, bootMode, supplies, expected) => {
    const choice = decideBoot(bootMode && { name: 'pc-01', bootMode }, supplies)
    expect(choice.action === 'boot' ? `boot ${choice.loader}` : choice.action).toBe(expected)
  })
})

describe('boot scripts', () => {
  function scripts(parts: Partial<BootScriptParts> = {}) {
    buildLive('1', 'b'.repeat(64), 1000)
    const issued: string[] = []
    const refused: string[] = []
    const local: string[] = []
    const contextFor = createBootScripts({
      httpBase: 'http://10.0.0.1:7400', consoleUrl: 'wss://10.0.0.1:7443', certificate: 'd'.repeat(64),
      live: openLiveFolder(folder), computerOf: () => undefined,
      issueToken: (mac) => {
        issued.push(mac)
        return TOKEN
      },
      onRefused: (_, reason) => void refused.push(reason), onLocalDisk: (mac) => void local.push(mac), ...parts,
    })
    const tree = createScriptTree({ httpBase: 'http://10.0.0.1:7400', contextFor })
    async function text(path: string, address = '10.0.0.9'): Promise<string | undefined> {
      const file = await tree.open(path, from(address))
      return file && String(Buffer.concat(await file.read(0, file.size).toArray() as Buffer[]))
    }
    return { text, issued, refused, local }
  }

  test('carry what the agent needs: token, pin, root and its hash, card', async () => {
    const { text, issued } = scripts()
    for (const path of [`boot/${MAC}/script.ipxe`, `boot/${MAC}/grub.cfg`]) {
      const script = await text(path)
      for (const argument of [
        'clonaula.console=wss://10.0.0.1:7443', `clonaula.key=${'d'.repeat(64)}`, `clonaula.token=${TOKEN}`,
        'clonaula.root=http://10.0.0.1:7400/live/rootfs.squashfs', `clonaula.sha256=${'b'.repeat(64)}`,
      ]) expect(script).toContain(argument)
      expect(script?.match(/BOOTIF=01-52-54-00-77-00-01/g)).toHaveLength(1)
    }
    expect(issued).toEqual([MAC, MAC])
  })

  test('of a computer that starts from its disk need no live system and no token', async () => {
    const { text, issued, local } = scripts({
      computerOf: () => ({ name: 'pc-01', bootMode: 'disk' }), live: openLiveFolder(join(folder, 'none')),
    })
    expect(await text(`boot/${MAC}/script.ipxe`)).toContain('sanboot')
    expect([issued, local]).toEqual([[], [MAC]])
  })

  test('of an administrator say so', async () => {
    const { text } = scripts({ computerOf: () => ({ name: 'pc-01', bootMode: 'live-admin' }) })
    expect(await text(`boot/${MAC}/grub.cfg`)).toContain('clonaula.admin=1')
  })

  test('are not given without a live system, nor too often', async () => {
    const none = scripts({ live: openLiveFolder(join(folder, 'none')) })
    expect(await none.text(`boot/${MAC}/script.ipxe`)).toBeUndefined()
    expect(none.refused).toEqual(['there is no live system here'])
    const often = scripts()
    for (let time = 0; time < 11; time += 1) await often.text(`boot/${MAC}/script.ipxe`)
    expect(often.issued).toHaveLength(10)
    expect(often.refused).toEqual(['too many requests'])
    expect(await often.text(`boot/${MAC}/script.ipxe`, '10.0.0.10')).toBeDefined() // a stranger's asking is the stranger's
    const manyMacs = scripts()
    for (let computer = 0; computer < 200; computer += 1) {
      await manyMacs.text(`boot/52:54:00:77:01:${computer.toString(16).padStart(2, '0')}/grub.cfg`)
    }
    expect(manyMacs.issued).toHaveLength(120)
  })
})

test('a rate limit fills again with time, and forgets whom it has not heard', () => {
  let now = 0
  const limit = createRateLimit({ burst: 2, perMinute: 6, names: 2 }, () => now)
  expect([limit.allow('a'), limit.allow('a'), limit.allow('a')]).toEqual([true, true, false])
  now += 10_000
  expect([limit.allow('a'), limit.allow('a')]).toEqual([true, false])
  limit.allow('b')
  limit.allow('c')
  expect(limit.allow('a')).toBe(true)
})

test('leases are kept, and a damaged file is as good as none', () => {
  const path = join(folder, 'leases.json')
  const leases = [{ mac: MAC, address: '10.0.0.10', expires: 5 }]
  const file = openLeaseFile(path)
  file.save([])
  file.save(leases)
  file.close()
  expect(openLeaseFile(path).load()).toEqual(leases)
  writeFileSync(path, '[{')
  expect(openLeaseFile(path).load()).toEqual([])
})
