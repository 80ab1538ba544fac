/** The Deploy wizard: what is deployed and how, the commands that it makes of that, plan, confirmation. */

const failsEs = (code: number, sentence: string): string => `Fallará (${code}): ${sentence}`
const failsEn = (code: number, sentence: string): string => `Will fail (${code}): ${sentence}`

const es = {
  action: 'Desplegar…',
  operation: 'Desplegar',
  title: (n: number) => (n === 1 ? 'Desplegar en 1 ordenador' : `Desplegar en ${n} ordenadores`),
  steps: { choose: 'Imagen, transferencia y comandos', plan: 'Comprobar y confirmar' },
  computers: 'Ordenadores',
  cacheFree: (size: string) => `CACHE: ${size} libres`,
  noCache: 'sin CACHE',
  nobodyHasCache: 'Ninguno de estos ordenadores tiene CACHE: así el despliegue fallará en todos. Créela, o elija una transferencia DIRECT.',
  prepareCache: 'Crear CACHE…',
  someLackCache: (n: number) =>
    `${n === 1 ? '1 ordenador no tiene' : `${n} ordenadores no tienen`} CACHE: ahí fallará, porque un despliegue no cambia de transferencia por su cuenta.`,
  what: 'Qué hacer',
  both: 'Actualizar la CACHE y restaurar',
  cacheOnly: 'Solo actualizar la CACHE',
  cacheOnlyHint: 'No toca ninguna partición: por ejemplo de noche, para restaurar por la mañana sin esperar a la red.',
  destinationAndImage: 'Destino e imagen',
  differ: (shown: number, all: number) =>
    `No todos tienen la misma tabla de particiones: esta es la de ${shown} de los ${all}. «Comprobar» dice qué hay en cada uno.`,
  transfer: 'Transferencia',
  protocol: 'Solo para este despliegue; de entrada, lo que dicen las propiedades del aula.',
  emptyAddress: 'Vacío: como la tiene el aula',
  wrongOption: 'Corrija lo que está en rojo en la transferencia.',
  chooseDestination: 'Elija destino e imagen.',
  wrongCommands: 'Corrija los comandos, o vuelva a generarlos.',
  chooseImage: 'Elija una imagen.',
  nobody: 'Elija algún ordenador.',
  commands: 'Comandos',
  commandsHint: 'Esto es lo que se ejecutará, tal como quede escrito.',
  edited: 'Valen tal como están: de lo elegido arriba ya solo cuentan los ordenadores y las opciones.',
  regenerate: 'Volver a generarlos',
  check: 'Comprobar',
  installed: 'Instalada',
  installedNow: 'Instalada ahora en el destino',
  behind: (n: number) => (n === 0 ? 'la más nueva' : n === 1 ? 'hay 1 revisión más nueva' : `hay ${n} revisiones más nuevas`),
  deploying: {
    fits: 'Se puede desplegar',
    fails: failsEs,
    refused: (n: number) =>
      `${n === 1 ? '1 ordenador fallará' : `${n} ordenadores fallarán`} y los demás siguen: un despliegue no cambia de transferencia por su cuenta`,
    noneFits: 'Fallaría en todos los ordenadores: cambie la imagen, el destino o la transferencia.',
    erasesNothing: 'No hay nada que borrar en el destino',
    execute: (n: number) => (n === 1 ? 'Borrar y desplegar en 1 ordenador' : `Borrar y desplegar en ${n} ordenadores`),
  },
  updating: {
    fits: 'Se puede llevar a su CACHE',
    fails: failsEs,
    refused: (n: number) => (n === 1 ? '1 ordenador fallará' : `${n} ordenadores fallarán`),
    noneFits: 'Fallaría en todos los ordenadores: cree antes sus CACHE o haga sitio en ellas.',
    erasesNothing: 'No se toca ninguna partición: solo la CACHE.',
    execute: (n: number) => (n === 1 ? 'Actualizar la CACHE de 1 ordenador' : `Actualizar la CACHE de ${n} ordenadores`),
  },
}

const en: typeof es = {
  action: 'Deploy…',
  operation: 'Deploy',
  title: (n) => (n === 1 ? 'Deploy to 1 computer' : `Deploy to ${n} computers`),
  steps: { choose: 'Image, transfer and commands', plan: 'Check and confirm' },
  computers: 'Computers',
  cacheFree: (size) => `CACHE: ${size} free`,
  noCache: 'no CACHE',
  nobodyHasCache: 'None of these computers has a CACHE: deployed like this, all will fail. Create it, or choose a DIRECT transfer.',
  prepareCache: 'Create CACHE…',
  someLackCache: (n) =>
    `${n === 1 ? '1 computer has' : `${n} computers have`} no CACHE: it will fail there, because a deployment does not change its transfer by itself.`,
  what: 'What to do',
  both: 'Update the CACHE and restore',
  cacheOnly: 'Only update the CACHE',
  cacheOnlyHint: 'No partition is touched: at night, for example, to restore in the morning without waiting for the network.',
  destinationAndImage: 'Destination and image',
  differ: (shown, all) =>
    `Not all have the same partition table: this is that of ${shown} of the ${all}. “Check” tells what each of them has.`,
  transfer: 'Transfer',
  protocol: 'For this deployment only; as the classroom’s properties say, unless you change it.',
  emptyAddress: 'Empty: as the classroom has it',
  wrongOption: 'Correct what is red in the transfer.',
  chooseDestination: 'Choose a destination and an image.',
  wrongCommands: 'Correct the commands, or generate them again.',
  chooseImage: 'Choose an image.',
  nobody: 'Choose some computer.',
  commands: 'Commands',
  commandsHint: 'This is what will run, as it is written here.',
  edited: 'They hold as they are: of what is chosen above, only the computers and the options still count.',
  regenerate: 'Generate them again',
  check: 'Check',
  installed: 'Installed',
  installedNow: 'Installed at the destination now',
  behind: (n) => (n === 0 ? 'the newest' : n === 1 ? '1 newer revision exists' : `${n} newer revisions exist`),
  deploying: {
    fits: 'Can be deployed',
    fails: failsEn,
    refused: (n) =>
      `${n === 1 ? '1 computer' : `${n} computers`} will fail and the others go on: a deployment does not change its transfer by itself`,
    noneFits: 'It would fail on every computer: change the image, the destination or the transfer.',
    erasesNothing: 'There is nothing to erase at the destination',
    execute: (n) => (n === 1 ? 'Erase and deploy to 1 computer' : `Erase and deploy to ${n} computers`),
  },
  updating: {
    fits: 'Can be brought into its CACHE',
    fails: failsEn,
    refused: (n) => (n === 1 ? '1 computer will fail' : `${n} computers will fail`),
    noneFits: 'It would fail on every computer: create their CACHEs before, or make room in them.',
    erasesNothing: 'No partition is touched: only the CACHE.',
    execute: (n) => (n === 1 ? 'Update the CACHE of 1 computer' : `Update the CACHE of ${n} computers`),
  },
}

export const deploy = { es, en }
