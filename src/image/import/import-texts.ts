import { formatBytes, type Language } from '#shared/i18n/index.ts'
import type { ErrorParams } from '#shared/domain/errors.ts'
import type { ImportNote, Refusal } from './problem.ts'

type Sentence = (params: ErrorParams, language: Language) => string

const bytes = (value: string | number | undefined, language: Language): string => formatBytes(Number(value ?? 0), language)

const REFUSALS: Record<Language, Record<Refusal, Sentence>> = {
  es: {
    encrypted: () => 'está cifrada, y Clonaula no pide claves; restáurela con su programa en una partición y captúrela',
    lrzip: () => 'está comprimida con lrzip, que Clonaula no lee; descomprímala antes («lrzip -d») e importe lo que salga',
    notLegacy: () => 'no hay dentro nada que Clonaula sepa importar: ni una imagen de partclone, ni una carpeta de FOG o de Clonezilla',
    notThisFormat: () => 'no es del formato que se ha pedido',
    ntfsclone: () => 'la hizo ntfsclone; restáurela con ese programa en una partición y captúrela',
    partimage: () => 'la hizo partimage; restáurela con ese programa en una partición y captúrela',
    bootSector: () => 'solo contiene un sector de arranque o una tabla de particiones; importe las imágenes de las particiones (.img) una a una',
    differential: () => 'es una imagen diferencial de OpenGnsys, que no vale sin su base; restáurelas y capture la partición',
    locked: () => 'OpenGnsys la está usando (hay un fichero .lock); espere a que termine',
    missingPart: () => 'falta una de sus partes',
    nothingInside: () => 'ninguna de sus particiones se puede importar',
    noTable: () => 'falta la lista de particiones; los ficheros de partclone que contiene se pueden importar uno a uno (--format partclone)',
    unknownTable: () => 'su tabla de particiones no se entiende',
    smallPartition: ({ needed, available }, language) =>
      `lo guardado necesita ${bytes(needed, language)} y su partición tiene ${bytes(available, language)}`,
    unsafeName: () => 'contiene un nombre que lleva fuera de su carpeta',
    notAFile: () => 'no es un fichero corriente',
    wrongSum: () => 'su suma de comprobación no coincide',
    tooLarge: () => 'contiene algo demasiado grande para ser lo que debería',
  },
  en: {
    encrypted: () => 'it is encrypted, and Clonaula asks for no keys; restore it with its program to a partition, and capture that',
    lrzip: () => 'it is compressed by lrzip, which Clonaula does not read; decompress it first (“lrzip -d”), and import what comes out',
    notLegacy: () => 'nothing inside is known: neither an image of partclone, nor a folder of FOG or of Clonezilla',
    notThisFormat: () => 'it is not of the format that was asked for',
    ntfsclone: () => 'ntfsclone made it; restore it with that program to a partition, and capture that',
    partimage: () => 'partimage made it; restore it with that program to a partition, and capture that',
    bootSector: () => 'it has no more than a boot sector or a partition table; import the images of the partitions (.img) one by one',
    differential: () => 'it is a differential image of OpenGnsys, which is nothing without its base; restore both, and capture the partition',
    locked: () => 'OpenGnsys is at work on it (there is a .lock file); wait until it ends',
    missingPart: () => 'one of its parts is missing',
    nothingInside: () => 'none of its partitions can be imported',
    noTable: () => 'the list of the partitions is missing; partclone files in it can be imported one by one (--format partclone)',
    unknownTable: () => 'its partition table makes no sense',
    smallPartition: ({ needed, available }, language) =>
      `what was saved needs ${bytes(needed, language)}, and its partition has ${bytes(available, language)}`,
    unsafeName: () => 'it has a name that leads out of its folder',
    notAFile: () => 'it is not a plain file',
    wrongSum: () => 'its checksum does not match',
    tooLarge: () => 'it has something too large to be what it should be',
  },
}

/** Why an import was refused, from an error's params; `undefined` when they are of another error. */
export function refusalText(params: ErrorParams, language: Language): string | undefined {
  const reason = String(params['reason'])
  if (!Object.hasOwn(REFUSALS[language], reason)) return undefined
  const sentence = REFUSALS[language][reason as Refusal](params, language)
  return params['file'] === undefined ? sentence : `${params['file']}: ${sentence}`
}

const INSIDE: Record<Language, { alone: (files: string) => string; capture: string }> = {
  es: {
    alone: (files) => `Lo que contiene se puede importar fichero a fichero (--format partclone): ${files}.`,
    capture: 'Restáurela con su programa y captúrela.',
  },
  en: {
    alone: (files) => `What is inside can be imported file by file (--format partclone): ${files}.`,
    capture: 'Restore it with its program, and capture it.',
  },
}

/** What can be done about a partition whose content is left out. */
function insideText(files: readonly string[], language: Language): string {
  return files.length > 0 ? INSIDE[language].alone(files.map(printable).join(', ')) : INSIDE[language].capture
}

/** Names of files can have characters that a terminal obeys. */
function printable(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, '?')
}

type NoteTexts = { [K in ImportNote['kind']]: (note: Extract<ImportNote, { kind: K }>, language: Language) => string }

const NOTES: Record<Language, NoteTexts> = {
  es: {
    otherDisk: ({ disk }) => `El disco ${disk} no se ha importado: una imagen es de un solo disco.`,
    lvm: ({ partition, files }) => `${partition}: contiene volúmenes lógicos (LVM), que no se importan. ${insideText(files, 'es')}`,
    luks: ({ partition, files }) => `${partition}: está cifrada (LUKS) y no se importa. ${insideText(files, 'es')}`,
    notSaved: ({ partition }) => `${partition}: la imagen no guarda nada de esta partición; quedará vacía.`,
    swapWithoutIdentity: ({ partition }) => `${partition}: área de intercambio sin su identificador; quizá haya que corregir /etc/fstab.`,
    diskSizeGuessed: () => 'La imagen no dice el tamaño del disco; se toma el final de su última partición.',
    noBootCode: () => 'La imagen no guarda el sector de arranque; un disco que arranque por BIOS puede no arrancar.',
    logicalBootCode: ({ file }) =>
      `${file}: el código de arranque de la partición extendida no se importa; reinstale el cargador si era el que arrancaba.`,
    partitionsOnly: () => 'La hizo un FOG anterior a la versión 1.0, que no guardaba la tabla: se importan las particiones de Windows, y no un disco. '
      + 'Créelas en el equipo, la primera activa, y restáurelas una a una.',
    firmwareEntries: () => 'Las entradas de arranque del firmware (efi-nvram.dat) no se importan; las crea la restauración.',
    lastMegabyteOnly: ({ file }) => `${file}: OpenGnsys solo guardó la suma del último MiB; del resto responde el propio formato.`,
    noSums: () => 'No hay ficheros de sumas con los que comparar.',
    noBlockChecksums: ({ partition }) => `Partición ${partition}: sus bloques no llevan sumas; solo la compresión detecta daños.`,
    blockByBlock: ({ partition, content }) => `Partición ${partition}: Clonaula no conoce su contenido${content && ` (${content})`}; `
      + 'se restaura bloque a bloque, sin ajustarlo al destino.',
    otherVersions: ({ file }) => `${file} es otra versión, y no se ha importado.`,
    otherBootSector: ({ file }) => `${file} no se ha importado: la imagen es de una partición, y eso es de un disco.`,
    otherFiles: ({ files, more }) => `No se han importado: ${files.map(printable).join(', ')}${more > 0 ? ` y ${more} más` : ''}.`,
    declaredSize: ({ bytes }, language) => `OpenGnsys anotó que necesita ${formatBytes(bytes, language)}.`,
  },
  en: {
    otherDisk: ({ disk }) => `Disk ${disk} was not imported: an image is of one disk.`,
    lvm: ({ partition, files }) => `${partition}: it holds logical volumes (LVM), which are not imported. ${insideText(files, 'en')}`,
    luks: ({ partition, files }) => `${partition}: it is encrypted (LUKS) and not imported. ${insideText(files, 'en')}`,
    notSaved: ({ partition }) => `${partition}: the image has nothing of this partition; it will be empty.`,
    swapWithoutIdentity: ({ partition }) => `${partition}: a swap area without its identifier; /etc/fstab may have to be changed.`,
    diskSizeGuessed: () => 'The image does not say how large the disk is; the end of its last partition is taken.',
    noBootCode: () => 'The image does not have the boot sector; a disk that BIOS starts may not start.',
    logicalBootCode: ({ file }) =>
      `${file}: the boot code of the extended partition is not imported; install the loader anew if it was the one that started.`,
    partitionsOnly: () => 'A FOG before version 1.0 made it, which kept no table: the partitions of Windows are imported, and not a disk. '
      + 'Make them on the computer, the first one active, and restore them one by one.',
    firmwareEntries: () => 'The firmware’s boot entries (efi-nvram.dat) are not imported; a restore makes them.',
    lastMegabyteOnly: ({ file }) => `${file}: OpenGnsys kept a sum of the last MiB only; the format itself vouches for the rest.`,
    noSums: () => 'There are no files of sums to compare with.',
    noBlockChecksums: ({ partition }) => `Partition ${partition}: its blocks have no checksums; only the compression shows damage.`,
    blockByBlock: ({ partition, content }) => `Partition ${partition}: its content${content && ` (${content})`} is not known to Clonaula; `
      + 'it is restored block by block, and not fitted to its target.',
    otherVersions: ({ file }) => `${file} is another version, and was not imported.`,
    otherBootSector: ({ file }) => `${file} was not imported: the image is of a partition, and that is of a disk.`,
    otherFiles: ({ files, more }) => `Not imported: ${files.map(printable).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
    declaredSize: ({ bytes }, language) => `OpenGnsys noted that it needs ${formatBytes(bytes, language)}.`,
  },
}

/** What a person should know of an import. */
export function importNoteText(note: ImportNote, language: Language): string {
  // Each kind has its own sentence; TypeScript cannot see that both sides are of the same kind.
  const text = NOTES[language][note.kind] as (note: ImportNote, language: Language) => string
  return text(note, language)
}
