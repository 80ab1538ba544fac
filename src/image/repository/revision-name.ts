import { ClonaulaError } from '#shared/domain/errors.ts'

/** A revision as people write it: `NAME` (the newest), `NAME@3`, `NAME@before-office`. */
export interface RevisionName {
  image: string
  /** A number, or a tag; the newest revision without. */
  which?: number | string
}

/** Names of images have no `@`; should one of a foreign repository have it, it is the last that counts. */
export function parseRevisionName(text: string): RevisionName {
  const at = text.lastIndexOf('@')
  if (at < 0) return { image: text }
  const which = text.slice(at + 1)
  if (at === 0 || which === '') throw new ClonaulaError('invalidRequest', `“${text}” is not NAME[@REV]`, { problem: text })
  return { image: text.slice(0, at), which: /^[1-9]\d{0,8}$/.test(which) ? Number(which) : which }
}
