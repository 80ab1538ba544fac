/** Words that every screen shares: the domain's states, kinds and units. */
import type { Role } from '#shared/contract/people.ts'
import type { BootPhase, ComputerState, BootMode } from '#shared/domain/computer.ts'
import type { Filesystem } from '#shared/domain/disk.ts'
import type { OperationKind, OperationState } from '#shared/domain/operation.ts'

const es = {
  states: {
    off: 'Apagado', starting: 'Arrancando', waiting: 'Esperando', busy: 'Ocupado',
    windows: 'Windows', linux: 'Linux', macos: 'macOS', maintenance: 'Mantenimiento',
  } satisfies Record<ComputerState, string>,
  /** `20 apagados`. */
  stateCounts: {
    off: (n: number) => (n === 1 ? '1 apagado' : `${n} apagados`),
    starting: (n: number) => `${n} arrancando`,
    waiting: (n: number) => `${n} esperando`,
    busy: (n: number) => (n === 1 ? '1 ocupado' : `${n} ocupados`),
    windows: (n: number) => `${n} en Windows`,
    linux: (n: number) => `${n} en Linux`,
    macos: (n: number) => `${n} en macOS`,
    maintenance: (n: number) => `${n} en mantenimiento`,
  } satisfies Record<ComputerState, (n: number) => string>,
  marks: { stalled: 'Sin avance', failed: 'Falló' },
  operationKinds: {
    capture: 'Crear imagen', restore: 'Restaurar', updateCache: 'Actualizar CACHE', deleteCached: 'Borrar de la CACHE', publishCached: 'Publicar de la CACHE',
    prepareCache: 'Crear CACHE', formatCache: 'Vaciar CACHE', restart: 'Reiniciar', shutdown: 'Apagar',
  } satisfies Record<OperationKind, string>,
  operationStates: {
    queued: 'En cola', running: 'En curso', succeeded: 'Correcta', failed: 'Fallida', cancelled: 'Cancelada',
  } satisfies Record<OperationState, string>,
  bootModes: {
    live: 'Sistema en vivo', disk: 'Disco local', 'live-admin': 'Sistema en vivo como administrador', 'ipxe-live': 'Sistema en vivo por iPXE',
  } satisfies Record<BootMode, string>,
  /** On a tile, for what is not usual. */
  bootModeMarks: { disk: 'Disco local', 'live-admin': 'Admin.', 'ipxe-live': 'iPXE' } satisfies Record<Exclude<BootMode, 'live'>, string>,
  bootPhases: {
    dhcp: 'Pidió arrancar por red', loader: 'Recibió el cargador', menu: 'Recibió su guion de arranque', kernel: 'Recibió el núcleo',
    initrd: 'Recibió la primera etapa', root: 'Recibió el sistema en vivo', agent: 'Su agente se conectó', local: 'Arranca de su disco',
  } satisfies Record<BootPhase, string>,
  /** What the agents' progress calls its phases; one that is not here shows as it came. */
  phases: {
    map: 'Buscando lo que está en uso', wait: 'Esperando a la clase', capture: 'Leyendo y guardando', plan: 'Preparando', restore: 'Escribiendo',
    clean: 'Limpiando el origen', shrink: 'Reduciendo el origen', release: 'Devolviendo su tamaño al origen', discard: 'Descartando lo libre',
    transfer: 'Transfiriendo', receive: 'Recibiendo', check: 'Mirando lo que ya hay', scan: 'Comparando', verify: 'Verificando', flush: 'Asentando en el disco', configure: 'Configurando',
    hash: 'La consola prepara el intercambio', seed: 'Enviando a otros',
  } as Partial<Record<string, string>>,
  filesystems: { none: 'Sin formato', unknown: 'Desconocido' } as Partial<Record<Filesystem, string>>,
  disk: (n: number) => `Disco ${n}`,
  partition: (n: number) => `Partición ${n}`,
  wholeDisk: 'Disco entero',
  cancel: 'Cancelar',
  close: 'Cerrar',
  save: 'Guardar',
  back: 'Atrás',
  next: 'Siguiente',
  name: 'Nombre',
  computer: 'Ordenador',
  computers: (n: number) => (n === 1 ? '1 ordenador' : `${n} ordenadores`),
  hostNameRule: 'Letras sin acentos, cifras y guiones; 63 como mucho',
  roles: { viewer: 'consulta', technician: 'técnico', administrator: 'administrador' } satisfies Record<Role, string>,
  needsRole: (needed: string, own: string) => `Hace falta un usuario con el papel de «${needed}»; el suyo es «${own}».`,
}

const en: typeof es = {
  states: {
    off: 'Off', starting: 'Starting', waiting: 'Waiting', busy: 'Busy',
    windows: 'Windows', linux: 'Linux', macos: 'macOS', maintenance: 'Maintenance',
  },
  stateCounts: {
    off: (n) => `${n} off`,
    starting: (n) => `${n} starting`,
    waiting: (n) => `${n} waiting`,
    busy: (n) => `${n} busy`,
    windows: (n) => `${n} in Windows`,
    linux: (n) => `${n} in Linux`,
    macos: (n) => `${n} in macOS`,
    maintenance: (n) => `${n} in maintenance`,
  },
  marks: { stalled: 'Stalled', failed: 'Failed' },
  operationKinds: {
    capture: 'Create image', restore: 'Restore', updateCache: 'Update CACHE', deleteCached: 'Delete from CACHE', publishCached: 'Publish from CACHE',
    prepareCache: 'Create CACHE', formatCache: 'Empty CACHE', restart: 'Restart', shutdown: 'Shut down',
  },
  operationStates: { queued: 'Queued', running: 'Running', succeeded: 'Succeeded', failed: 'Failed', cancelled: 'Cancelled' },
  bootModes: {
    live: 'Live system', disk: 'Local disk', 'live-admin': 'Live system as administrator', 'ipxe-live': 'Live system through iPXE',
  },
  bootModeMarks: { disk: 'Local disk', 'live-admin': 'Admin', 'ipxe-live': 'iPXE' },
  bootPhases: {
    dhcp: 'Asked to boot over the network', loader: 'Was sent the boot loader', menu: 'Was sent its boot script', kernel: 'Was sent the kernel',
    initrd: 'Was sent the first stage', root: 'Was sent the live system', agent: 'Its agent connected', local: 'Starts from its own disk',
  },
  phases: {
    map: 'Finding what is in use', wait: 'Waiting for the class', capture: 'Reading and saving', plan: 'Preparing', restore: 'Writing',
    clean: 'Cleaning the source', shrink: 'Shrinking the source', release: 'Giving the source its size back', discard: 'Discarding what is free',
    transfer: 'Transferring', receive: 'Receiving', check: 'Looking at what is there', scan: 'Comparing', verify: 'Verifying', flush: 'Settling on the disk', configure: 'Configuring',
    hash: 'The console prepares the exchange', seed: 'Sending to others',
  },
  filesystems: { none: 'Not formatted', unknown: 'Unknown' },
  disk: (n) => `Disk ${n}`,
  partition: (n) => `Partition ${n}`,
  wholeDisk: 'Whole disk',
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  back: 'Back',
  next: 'Next',
  name: 'Name',
  computer: 'Computer',
  computers: (n) => (n === 1 ? '1 computer' : `${n} computers`),
  hostNameRule: 'Letters without accents, digits and hyphens; 63 at most',
  roles: { viewer: 'viewer', technician: 'technician', administrator: 'administrator' },
  needsRole: (needed, own) => `This takes a user with the role “${needed}”; yours is “${own}”.`,
}

export const words = { es, en }
