/**
 * The path inside the boot tree that a client asks for, or undefined for one that no tree may ever see.
 * Firmware writes `shimx64.efi`, `/shimx64.efi` and `//grubx64.efi` for files of the same folder, so
 * slashes at the start and doubled ones are dropped; a path that would climb, or that means something
 * else on another system (backslash, NUL, drive letter), is refused.
 */
export function normaliseBootPath(requested: string): string | undefined {
  if (requested.length > 255 || /[\0-\x1f\x7f\\]/.test(requested)) return undefined
  const segments = requested.split('/').filter((segment) => segment !== '')
  const safe = segments.length > 0 && segments.every((segment) => segment !== '.' && segment !== '..')
  const path = segments.join('/')
  return safe && !/^[a-z]:/i.test(path) ? path : undefined
}
