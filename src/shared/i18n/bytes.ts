import type { Language } from './language.ts'

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const
const LOCALE = { es: 'es-ES', en: 'en-GB' } as const

/** 1536 → `1.5 KB` / `1,5 KB`. Decimal units, as disks and networks are sold. */
export function formatBytes(bytes: number, language: Language): string {
  const unit = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** unit
  const text = value.toLocaleString(LOCALE[language], { maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1 })
  return `${text} ${UNITS[unit]}`
}

/** 12 345 678 901 → `12,345 MB` / `12.345 MB`: whole megabytes, for what is compared with other figures of its kind. */
export function formatMegabytes(bytes: number, language: Language): string {
  return `${Math.floor(bytes / 1e6).toLocaleString(LOCALE[language])} MB`
}

/** Bytes per second as people say it: `12.4 MB/s`. */
export function formatRate(bytesPerSecond: number, language: Language): string {
  return `${formatBytes(bytesPerSecond, language)}/s`
}

/** 75 → `1 min 15 s`; 3700 → `1 h 01 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}
