import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { Meter } from '../../meter.ts'
import type { Alone, LocalRepository } from '../local.ts'
import { planPurge, type PurgeOptions, type PurgePlan } from './plan.ts'
import { rewritePacks } from './rewrite.ts'

export interface PurgeResult {
  /** Bytes that there are more of. */
  givenBack: number
}

/**
 * Does what a plan says, and nothing else. What is written anew is published before anything goes; then names go
 * before manifests, and manifests before packs, each for good before the next: whenever power fails, whatever has a
 * name is whole, and what is left over goes with the next purge.
 * @param options with which the plan was made
 * @throws `planChanged` the repository is not what it was when the plan was made · `locked` something is being added to it
 *   · `noSpace`, `corruptImage` while writing anew: nothing has changed then
 */
export async function executePurge(
  repository: LocalRepository, plan: Pick<PurgePlan, 'id'>, options: PurgeOptions & SlowOptions = {},
): Promise<PurgeResult> {
  return repository.alone(async (alone) => {
    const current = await planPurge(alone.repository, options)
    if (current.id !== plan.id) throw new ClonaulaError('planChanged', 'the repository is not what it was when the plan was made')
    return carryOut(alone, current, options)
  })
}

async function carryOut(alone: Alone, plan: PurgePlan, options: SlowOptions): Promise<PurgeResult> {
  const { repository, revisions, files } = alone
  const { revisions: doomed, manifests, packs, rewrites } = plan
  const meter = new Meter('purge', rewrites.reduce((sum, { alive }) => sum + alive, 0), options.onProgress)
  const going = new Set(doomed.map(({ image, revision }) => `${image}@${revision}`))
  const kept = [...(await revisions.list()), ...(await revisions.listTrash())]
    .filter(({ image, revision }) => !going.has(`${image}@${revision}`))
  const onBytes = (bytes: number): void => meter.add(bytes)
  const rewritten = await rewritePacks(alone, rewrites.map(({ id }) => id), kept, { signal: options.signal, onBytes })
  await revisions.repoint(rewritten.manifests)
  await revisions.forget(doomed)
  const gone = [
    [...manifests.map(({ id }) => id), ...rewritten.manifests.keys()].map((id) => repository.manifestPath(id)),
    [...packs, ...rewrites].map(({ id }) => repository.packPath(id)),
  ]
  let givenBack = -rewritten.bytes
  for (const paths of gone) {
    for (const path of paths) givenBack += (await stat(path)).size
    await files.remove(paths)
  }
  meter.end()
  return { givenBack }
}
