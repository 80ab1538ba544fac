import { hash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { captureVolumes, LocalRepository } from '#image/index.ts'
import type { OperationId, Sha256Hex } from '#shared/domain/ids.ts'
import { openInventory } from '../inventory/index.ts'
import { mac } from '../../../tests/support/hardware.ts'
import { createRepositoryAccess } from './access.ts'
import { revisionsOf } from './revision.ts'

describe('access', () => {
  const setUp = () => {
    const inventory = openInventory(':memory:')
    const { id } = inventory.computers.create({ classroomId: inventory.tree.classrooms()[0]!.id, name: 'pc', macs: [mac(1)] })
    const operation = (): OperationId =>
      inventory.operations.create({ computerId: id, computerName: 'pc', requestedBy: '', task: { kind: 'restart' } }).id
    return { inventory, access: createRepositoryAccess(inventory.accessTokens, inventory.publishedManifests), operation }
  }
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

  test('reads, or writes, until the operation ends', () => {
    const { access, operation } = setUp()
    const [one, other] = [operation(), operation()]
    const reads = access.issue(one, { read: true, write: false })
    const writes = access.issue(other, { read: false, write: true })
    expect(access.authorize(bearer(reads))).toMatchObject({ read: true, write: false })
    expect(access.authorize(bearer(writes))).toMatchObject({ read: false, write: true })
    expect(access.authorize(bearer(access.issue(one, { read: true, write: true })))).toMatchObject({ read: true, write: true })
    access.end(one)
    expect(access.authorize(bearer(reads))).toBeUndefined()
    expect(access.authorize(bearer(writes))).toBeDefined()
  })

  test.each([
    {}, { authorization: '' }, { authorization: 'Bearer' }, { authorization: 'Bearer ' }, { authorization: `Basic ${'x'.repeat(43)}` },
    { authorization: `Bearer ${'x'.repeat(43)}` }, { authorization: `Bearer ${'x'.repeat(43)} y` }, { authorization: 'Bearer \u0000' },
  ])('nothing for %j', (headers) => {
    const { access, operation } = setUp()
    access.issue(operation(), { read: false, write: true })
    expect(access.authorize({ headers })).toBeUndefined()
  })

  test('notes whose each published manifest is', () => {
    const { inventory, access, operation } = setUp()
    const [one, other] = [operation(), operation()]
    const manifest = 'a'.repeat(64)
    access.authorize(bearer(access.issue(one, { read: false, write: true })))?.published?.(manifest)
    expect([one, other].map((id) => inventory.publishedManifests.has(id, manifest))).toEqual([true, false])
  })

  test('also of a console that has been restarted; the hash that is kept opens nothing', () => {
    const { inventory, access, operation } = setUp()
    const token = access.issue(operation(), { read: false, write: true })
    const restarted = createRepositoryAccess(inventory.accessTokens, inventory.publishedManifests)
    expect(restarted.authorize(bearer(token))).toMatchObject({ read: false, write: true })
    expect(access.authorize(bearer(hash('sha256', token, 'base64url')))).toBeUndefined()
  })
})

describe('a revision in the repository', () => {
  let folder: string
  let repository: LocalRepository
  let manifest: Sha256Hex
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clonaula-revision-'))
    repository = await LocalRepository.open(join(folder, 'repository'))
    const source = join(folder, 'disk')
    await writeFile(source, Buffer.alloc(1024 * 1024, 'clonaula'))
    const captured = await captureVolumes({
      volumes: [{ number: 1, path: source, filesystem: 'unknown', mode: 'sector' }], creator: 'test', source: 'pc-01', store: repository,
    })
    manifest = await repository.publish(captured.manifest)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('is read with its facts and the packs that it needs', async () => {
    const { facts, packs } = await revisionsOf(repository).read(manifest)
    expect(facts).toMatchObject({ source: 'pc-01', volumes: [{ number: 1, size: 1024 * 1024, mode: 'sector' }] })
    expect(packs.length).toBeGreaterThan(0)
    expect(packs.every(({ size }) => size > 0)).toBe(true)
  })

  test('that was never published is not found', async () => {
    await expect(revisionsOf(repository).read('0'.repeat(64))).rejects.toMatchObject({ result: 'notFound' })
  })

  test('whose bytes are not those of its name is refused', async () => {
    const bytes = Buffer.from(await repository.manifest(manifest))
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(repository.manifestPath(manifest), bytes)
    await expect(revisionsOf(repository).read(manifest)).rejects.toMatchObject({ result: 'corruptImage' })
  })

  test('that is somebody else’s good manifest under this name is refused too', async () => {
    const name = '1'.repeat(64)
    await writeFile(repository.manifestPath(name), await repository.manifest(manifest))
    await expect(revisionsOf(repository).read(name)).rejects.toMatchObject({ result: 'corruptImage' })
  })

  test('of which a pack is missing is refused', async () => {
    const { packs } = await revisionsOf(repository).read(manifest)
    await rm(repository.packPath(packs[0]!.id))
    await expect(revisionsOf(repository).read(manifest)).rejects.toMatchObject({ result: 'corruptImage', params: { place: packs[0]!.id } })
  })

  test('gets its name beside it', async () => {
    expect(await revisionsOf(repository).add({ image: 'Base', manifest, description: '' })).toBe(1)
    expect(await repository.listRefs()).toMatchObject([{ image: 'Base', revision: 1, manifest }])
  })
})
