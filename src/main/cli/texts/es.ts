import type { Texts } from './texts.ts'
import { usageEs } from './usage.es.ts'

/** As usage.es.ts calls what a command takes. */
const names: Readonly<Record<string, string>> = {
  COMMAND: 'ORDEN', COMPUTER: 'ORDENADOR', TARGET: 'DESTINO', IMAGE: 'IMAGEN', NAME: 'NOMBRE', MODE: 'MODO', ACTION: 'ACCIÓN',
}
const named = (name = ''): string => names[name] ?? name

export const es: Texts = {
  usage: usageEs,
  usageProblems: {
    missing: (name) => `falta ${named(name)}; vea clonaula --help`,
    extra: (word) => `sobra «${word}»`,
    unknownCommand: (command) => `no hay ninguna orden «${command}»; vea clonaula --help`,
    unknownOption: (option) => `aquí no hay ninguna opción ${option}`,
    badOption: (option) => `${option} no se escribe así`,
    noValue: (option) => `a ${option} le falta su valor`,
    expected: (word, what, choices) => `«${word}» no vale como ${named(what)} (${choices})`,
    ambiguous: (name, choices) => `¿cuál «${name}»: ${choices}?`,
    computersOrClassroom: () => 'indique ordenadores o --classroom, no las dos cosas',
    emptyClassroom: (name) => `no hay ordenadores en ${name}`,
    passwordsDiffer: () => 'las dos contraseñas no coinciden',
  },
  states: {
    off: 'apagado', starting: 'iniciando', waiting: 'esperando', busy: 'ocupado', windows: 'Windows', linux: 'Linux', macos: 'macOS',
    maintenance: 'mantenimiento',
  },
  modes: { live: 'sistema vivo', disk: 'disco local', 'live-admin': 'vivo, administrador', 'ipxe-live': 'sistema vivo por iPXE' },
  operations: { capture: 'crear imagen', restore: 'restaurar', restart: 'reiniciar', shutdown: 'apagar' },
  operationStates: { queued: 'en cola', running: 'en curso', succeeded: 'correcto', failed: 'FALLO', cancelled: 'cancelado' },
  services: { dhcp: 'DHCP', tftp: 'TFTP', http: 'HTTP', agents: 'agentes', web: 'web' },
  serviceStates: { running: 'en marcha', stopped: 'apagado', failed: 'PARADO' },
  columns: {
    service: 'servicio', state: 'estado', listens: 'escucha en', name: 'nombre', classroom: 'aula', address: 'dirección', mac: 'MAC',
    mode: 'arranca', doing: 'hace', seen: 'visto', model: 'modelo', image: 'imagen', kind: 'tipo', revisions: 'revisiones',
    newest: 'última', revision: 'revisión', date: 'fecha', source: 'tomada de', partitions: 'particiones', stored: 'ocupa',
    description: 'descripción', id: 'id', operation: 'operación', computer: 'ordenador', target: 'destino', result: 'resultado',
    by: 'por', disk: 'disco', partition: 'partición', size: 'tamaño', used: 'en uso', filesystem: 'sist. ficheros', system: 'sistema',
    label: 'etiqueta', writes: 'escribe', erases: 'borra', user: 'usuario', role: 'papel',
  },
  none: 'ninguno',
  image: { partition: 'partición', disk: 'disco' },
  noAddress: 'sin dirección',
  live: (kernel, size) => `Sistema vivo: núcleo ${kernel}, ${size}`,
  noLive: (folder) => `Sistema vivo: no hay en ${folder}, y los ordenadores no pueden iniciarlo. Para construirlo: npm run live`,
  noLoaders: (files, folder) => `Cargadores de arranque: faltan ${files} en ${folder}. Para obtenerlos: npm run live`,
  startAddress: (url) => `Abra la consola en un navegador (vale una vez, durante una hora): ${url}`,
  noUsers: 'Todavía nadie puede entrar. Para añadir un usuario: clonaula users add NOMBRE --role administrator',
  stopping: 'Terminando…',
  dataFolder: (folder) => `Datos: ${folder}`,
  noConsole: (folder) => `No hay ninguna consola en marcha sobre ${folder}. Iníciela (clonaula serve) o indique su carpeta con --data.`,
  enrolling: (classroom, until) => `${classroom}: se adopta lo que arranque hasta las ${until}.`,
  adopted: (name) => `Adoptado: ${name}`,
  ok: 'Hecho.',
  confirm: (computers, erases) => `Esto borra, en ${computers} ordenadores: ${erases}. ¿Continuar? [s/N] `,
  confirmed: /^(s|sí|si)$/i,
  waiting: 'en espera',
  progress: (running, finished, total) => `${running} en curso, ${finished} de ${total} terminadas`,
  left: (time) => `quedan ${time}`,
  stalled: 'atascado',
  password: 'Contraseña: ',
  passwordAgain: 'Otra vez: ',
  userSet: (name, role) => `${name} puede entrar (${role}).`,
  userRemoved: (name) => `${name} ya no puede entrar.`,
  error: (sentence, detail) => `clonaula: ${sentence}${detail === '' ? '' : ` (${detail})`}`,
}
