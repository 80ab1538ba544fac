/** Options that several subcommands of `clonaula image` have. */
import { ImageName } from '#shared/domain/image.ts'
import { UsageError, wholeNumber } from '../usage.ts'

/** The repository's folder: there is no default that one could write to by mistake. */
export const REPO = { repo: { type: 'string' } } as const

/** The value of an option that has to be given. @param name as the usage calls it */
export function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new UsageError('missing', name)
  return value
}

/** The name of an image that is made. */
export function imageName(text: string): string {
  const name = ImageName.safeParse(text)
  if (!name.success) throw new UsageError('expected', text, '--name', 'Win11 base, debian-12 …')
  return name.data
}

/** A whole number that is at least 1. */
export function positiveNumber(text: string | undefined, name: string): number | undefined {
  const number = wholeNumber(text, name)
  if (number === 0) throw new UsageError('expected', '0', name, '1, 2, 3 …')
  return number
}

const UNITS = ['', 'K', 'M', 'G', 'T']

/** `20G`, `512M`, `1048576`: bytes, the units binary as those of truncate(1) and fallocate(1). */
export function byteSize(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const [, digits, unit = ''] = /^(\d{1,15})([KMGT]?)$/i.exec(text) ?? []
  const bytes = Number(digits) * 1024 ** UNITS.indexOf(unit.toUpperCase())
  if (digits === undefined || bytes === 0 || !Number.isSafeInteger(bytes)) throw new UsageError('expected', text, name, '512M, 20G …')
  return bytes
}
