/** Looks a library up by soname: where it is and which libraries it needs itself; undefined if it is nowhere. */
export type FindLibrary = (soname: string) => Promise<{ file: string; needs: readonly string[] } | undefined>

/**
 * Everything that the dynamic loader would load for programs that need `wanted`: soname → file.
 * Throws when any is missing, naming them all and who asks, since a system that lacks one
 * fails only when that program is run, perhaps in the middle of a restore.
 */
export async function libraryClosure(
  wanted: ReadonlyMap<string, string>,
  find: FindLibrary,
): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const missing = new Map<string, string>()
  const queue = [...wanted]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [soname, asker] = next
    if (files.has(soname) || missing.has(soname)) continue
    const library = await find(soname)
    if (library === undefined) {
      missing.set(soname, asker)
      continue
    }
    files.set(soname, library.file)
    for (const need of library.needs) queue.push([need, soname])
  }
  if (missing.size > 0) {
    const list = [...missing].map(([soname, asker]) => `${soname} (for ${asker})`).sort()
    throw new Error(`libraries in no Debian package of the recipe: ${list.join(', ')}`)
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}
