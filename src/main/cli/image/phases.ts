import type { Language } from '#shared/i18n/index.ts'

const PHASES: Record<Language, Readonly<Record<string, string>>> = {
  es: {
    map: 'buscando los datos en uso', clean: 'limpiando', shrink: 'reduciendo', release: 'devolviendo el tamaño',
    capture: 'leyendo y guardando', plan: 'preparando', scan: 'comparando con el destino', restore: 'escribiendo',
    flush: 'vaciando al disco', discard: 'descartando lo libre',
    verify: 'verificando', rewrite: 'escribiendo de nuevo', sums: 'comprobando sumas', import: 'importando', export: 'exportando',
  },
  en: {
    map: 'looking for data in use', clean: 'cleaning', shrink: 'shrinking', release: 'giving the size back',
    capture: 'reading and storing', plan: 'preparing', scan: 'comparing with the target', restore: 'writing',
    flush: 'flushing to disk', discard: 'discarding what is free',
    verify: 'verifying', rewrite: 'writing anew', sums: 'checking sums', import: 'importing', export: 'exporting',
  },
}

/** What a phase of a slow piece of work is called. */
export function phaseName(phase: string, language: Language): string {
  return PHASES[language][phase] ?? phase
}
