import { ClonaulaError } from '#shared/domain/errors.ts'
import { toHex } from '#shared/formats/digest.ts'
import { sha256Aside } from './codecs.ts'
import type { ManifestId } from './store.ts'

/** Whether these are the bytes that a manifest is named by. */
export async function isManifest(id: ManifestId, bytes: Uint8Array): Promise<boolean> {
  return toHex(await sha256Aside(bytes)) === id
}

/** @throws `corruptImage` these are not the bytes that the manifest is named by */
export async function checkManifest(id: ManifestId, bytes: Uint8Array): Promise<void> {
  if (!await isManifest(id, bytes)) throw new ClonaulaError('corruptImage', `manifest ${id}: these are not its bytes`)
}
