import { assertNever } from '#shared/domain/errors.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import type { Unmappable } from '../used-map/unmappable.ts'

/** Something that a person should know about how a source was made ready, or about what could not be done with it. */
export type SourceNote =
  | { kind: 'cleaned'; path: string; files: number; bytes: number }
  | { kind: 'notCleaned'; path: string; problem: string }
  /** `to`: bytes that a target of the image must have. */
  | { kind: 'shrunk'; path: string; from: number; to: number }
  /** It has the size again that it had before it was shrunk. */
  | { kind: 'released'; path: string; size: number }
  | { kind: 'notShrunk'; path: string; why: NotShrunk; problem?: string }
  | { kind: 'everySector'; path: string; why: Unmappable }
  /** A capture that was cut short had left it small, as its mark said, and it has its size again. */
  | { kind: 'broughtBack'; path: string; from: number; to: number }

/**
 * `full` little would be gained · `unsupported` no tool shrinks this filesystem · `failed` the tool gave up, and the
 * filesystem is whole · `journal` its journal is on another device · `memory` it might need more than there is · `root` needs root's rights ·
 * `noPlace` nowhere to note on it that it is small (`shrink-marks.ts`)
 */
export type NotShrunk = 'full' | 'unsupported' | 'failed' | 'journal' | 'memory' | 'root' | 'noPlace'

const WHY: Record<Language, Record<NotShrunk, string>> = {
  en: {
    full: 'it is nearly full', unsupported: 'nothing shrinks this filesystem', failed: 'its tool could not, the filesystem is whole',
    journal: 'its journal is on another device', memory: 'too little memory to do it safely', root: 'only root may',
    noPlace: 'boot loaders leave no room on it to note its size for the way back',
  },
  es: {
    full: 'está casi lleno', unsupported: 'nada reduce este sistema de ficheros',
    failed: 'su herramienta no pudo; el sistema de ficheros está entero', journal: 'su diario está en otro dispositivo',
    memory: 'falta memoria para hacerlo con seguridad', root: 'solo root puede',
    noPlace: 'los cargadores de arranque no dejan sitio en él para anotar el tamaño al que ha de volver',
  },
}

const EVERY_SECTOR: Record<Language, Record<Unmappable, string>> = {
  en: {
    multiDevice: 'its filesystem goes on on another device: every sector is captured, and it is only whole together with the other',
    features: 'its filesystem has features that cannot be looked into: every sector is captured',
  },
  es: {
    multiDevice: 'su sistema de ficheros sigue en otro dispositivo: se captura cada sector, y solo está entero junto al otro',
    features: 'su sistema de ficheros tiene características que no se saben leer: se captura cada sector',
  },
}

/** The sentence of a note. */
export function noteText(note: SourceNote, language: Language): string {
  const spanish = language === 'es'
  const bytes = (count: number): string => formatBytes(count, language)
  const because = (problem: string | undefined): string => (problem === undefined ? '' : ` (${problem})`)
  switch (note.kind) {
    case 'cleaned':
      return spanish ? `${note.path}: limpio de ficheros temporales, ${note.files} eliminados, ${bytes(note.bytes)} liberados`
        : `${note.path}: cleaned of temporary files, ${note.files} removed, ${bytes(note.bytes)} freed`
    case 'notCleaned':
      return spanish ? `${note.path}: no se pudo limpiar de ficheros temporales (${note.problem})`
        : `${note.path}: could not be cleaned of temporary files (${note.problem})`
    case 'shrunk':
      return spanish ? `${note.path}: reducido de ${bytes(note.from)} a ${bytes(note.to)} mientras se captura; es lo que necesitará un destino`
        : `${note.path}: shrunk from ${bytes(note.from)} to ${bytes(note.to)} while it is captured, which is what a target will need`
    case 'released':
      return spanish ? `${note.path}: vuelve a tener sus ${bytes(note.size)}` : `${note.path}: it has its ${bytes(note.size)} again`
    case 'notShrunk':
      return spanish ? `${note.path}: no se reduce, ${WHY.es[note.why]}${because(note.problem)}`
        : `${note.path}: not shrunk, ${WHY.en[note.why]}${because(note.problem)}`
    case 'everySector':
      return `${note.path}: ${EVERY_SECTOR[language][note.why]}`
    case 'broughtBack':
      return spanish ? `${note.path}: una captura interrumpida lo había dejado en ${bytes(note.from)}; vuelve a tener ${bytes(note.to)}`
        : `${note.path}: a capture that was cut short had left it at ${bytes(note.from)}; it has its ${bytes(note.to)} again`
    default:
      return assertNever(note)
  }
}
