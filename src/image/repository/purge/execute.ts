import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { Meter } from '../../meter.ts'
import type { Alone, LocalRepository } from '../local.ts'
import { planPurge, type PurgeOptions, type PurgePlan, type Rewrite } from './plan.ts'
import { rewritePacks } from './rewrite.ts'

export interface PurgeResult {
  /** Bytes that there are more of. */
  givenBack: number
}

/**
 * Does what a plan says, and nothing else. Names go before manifests, and manifests before packs, each for good before
 * the next; what is written anew comes last, and is published before what it replaces goes. Whenever power fails,
 * whatever has a name is whole, and what is left over goes with the next purge.
 * @param options with which the plan was made
 * @throws `planChanged` the repository is not what it was when the plan was made · `locked` something is being added to it
 *   · `noSpace`, `corruptImage` while writing anew: that part of the plan has not happened then
 */
export async function executePurge(
  repository: LocalRepository, plan: Pick<PurgePlan, 'id'>, options: PurgeOptions & SlowOptions = {},
): Promise<PurgeResult> {
  return repository.alone(async (alone) => {
    const current = await planPurge(alone.repository, options)
    if (current.id !== plan.id) throw new ClonaulaError('planChanged', 'the repository is not what it was when the plan was made')
    return { givenBack: (await removeUnneeded(alone, current)) + (await renewPacks(alone, current.rewrites, options)) }
  })
}

/** @returns bytes given back */
async function removeUnneeded({ repository, revisions, files }: Alone, plan: PurgePlan): Promise<number> {
  await revisions.forget(plan.revisions)
  await files.remove(plan.manifests.map(({ id }) => repository.manifestPath(id)))
  await files.remove(plan.packs.map(({ id }) => repository.packPath(id)))
  return [...plan.manifests, ...plan.packs].reduce((sum, { size }) => sum + size, 0)
}

/** @returns bytes given back */
async function renewPacks(alone: Alone, rewrites: readonly Rewrite[], { signal, onProgress }: SlowOptions): Promise<number> {
  const { repository, revisions, files } = alone
  const meter = new Meter('rewrite', rewrites.reduce((sum, { alive }) => sum + alive, 0), onProgress)
  const made = await rewritePacks(alone, rewrites.map(({ id }) => id), { signal, onBytes: (bytes) => meter.add(bytes) })
  await revisions.repoint(made.manifests)
  let givenBack = -made.bytes
  for (const old of [[...made.manifests.keys()].map((id) => repository.manifestPath(id)), rewrites.map(({ id }) => repository.packPath(id))]) {
    for (const path of old) givenBack += (await stat(path)).size
    await files.remove(old)
  }
  meter.end()
  return givenBack
}
