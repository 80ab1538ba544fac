import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand, type Argv } from '#image/index.ts'
import { LoopDisk, MIB } from '../agent/loop-disk.ts'
import { clonaula, done } from './clonaula.ts'
import { Bench, noise } from './support.ts'

/** Written by the programs that make them: what is recognised is what they write, and not what we think of it. */

let bench: Bench
let repo: string
beforeEach(async () => {
  bench = await Bench.open()
  repo = join(bench.folder, 'images')
})
afterEach(() => bench.close())

const PASSPHRASE = 'contraseña'
/** A key derivation that takes no time: the tests' secret is none. */
const luks = (version: 1 | 2): Argv => [
  'cryptsetup', 'luksFormat', '--batch-mode', '--type', `luks${version}`, '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000',
  ...(version === 2 ? ['--luks2-metadata-size', '16k', '--luks2-keyslots-size', '256k'] : []),
]
const opens = async (path: string): Promise<boolean> =>
  (await runCommand(['cryptsetup', 'open', '--test-passphrase', path], { stdin: PASSPHRASE, accept: [0, 1, 2] })).code === 0

test.each([1, 2] as const)('LUKS %i in a file is taken sector by sector, with a sentence, and opens afterwards', async (version) => {
  const source = join(bench.folder, 'source')
  await writeFile(source, noise('ciphertext', 8 * MIB))
  await runCommand([...luks(version), source], { stdin: PASSPHRASE })
  const { code, out } = await clonaula('capture', '--repo', repo, '--name', 'luks', source)
  expect(code).toBe(0)
  expect(out).toContain(`${source} (luks): nothing can look into it; every sector is kept.`)
  const spanish = await clonaula('capture', '--repo', repo, '--name', 'luks', source, '--lang', 'es')
  expect(spanish.out).toContain(`${source} (luks): no se puede ver qué contiene; se guardan todos los sectores.`)
  const target = join(bench.folder, 'target')
  await done('restore', '--repo', repo, 'luks', target)
  await runCommand(['cmp', source, target])
  expect(await opens(target)).toBe(true)
})

test('LUKS and LVM on a disk are taken sector by sector, each with a sentence, and are there on the next one', async () => {
  const disk = async (): Promise<LoopDisk> => {
    const made = await LoopDisk.create(32 * MIB)
    bench.defer(() => made[Symbol.asyncDispose]())
    return made
  }
  const source = await disk()
  await source.table('label: gpt\nstart=1MiB, size=8MiB\nstart=9MiB, size=16MiB, type=lvm\n')
  const [secret, physical] = [source.partition(1), source.partition(2)]
  await runCommand([...luks(2), secret], { stdin: PASSPHRASE })
  await runCommand(['pvcreate', '-qq', '--devices', physical, physical])
  await runCommand(['vgcreate', '-qq', '--devices', physical, 'aula', physical])
  const group = async (device: string): Promise<string> =>
    (await runCommand(['pvs', '--devices', device, '--noheadings', '--options', 'pv_uuid,vg_name,vg_uuid', device])).stdout
  const expected = await group(physical)
  expect(expected).toContain('aula')

  const { code, out } = await clonaula('capture', '--repo', repo, '--name', 'pc', source.device)
  expect(code).toBe(0)
  for (const sentence of [`${secret} (luks)`, `${physical} (lvm)`]) expect(out).toContain(`${sentence}: nothing can look into it; every sector is kept.`)
  const [described] = await done<{ volumes: { filesystem: string; mode: string; used: number; size: number }[] }[]>('list', '--repo', repo)
  expect(described!.volumes.filter(({ filesystem }) => /luks|lvm/.test(filesystem)).map(({ filesystem, mode, used, size }) => [filesystem, mode, used === size]))
    .toEqual([['luks', 'sector', true], ['lvm', 'sector', true]])

  const target = await disk()
  await done('restore', '--repo', repo, 'pc', target.device)
  await runCommand(['cmp', secret, target.partition(1)])
  expect(await opens(target.partition(1))).toBe(true)
  expect(await group(target.partition(2))).toBe(expected)
})
