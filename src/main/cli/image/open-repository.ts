import { LocalRepository, type ImageRef } from '#image/index.ts'
import { required } from './options.ts'

/** Opens the repository of `--repo`, which has to be one. @throws `notFound` */
export async function openRepository(repo: string | undefined): Promise<LocalRepository> {
  return LocalRepository.open(required(repo, '--repo'), { create: false })
}

/** A revision as people write it. */
export function revisionName({ image, revision }: Pick<ImageRef, 'image' | 'revision'>): string {
  return `${image}@${revision}`
}
