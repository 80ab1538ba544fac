/** Users, who did what, the language of the clients, what they change by themselves, and how much is sent to them. */
import type { Role } from '#shared/contract/people.ts'
import type { FullCacheRule, NoCacheRule } from '#shared/domain/automatic-change.ts'

const es = {
  title: 'Administración',
  tabs: { users: 'Usuarios', audit: 'Registro', clients: 'Ordenadores', engine: 'Cambio automático', transfers: 'Transferencias' },
  users: {
    intro: 'Quién puede entrar desde un navegador. La ventana del programa no pide usuario.',
    none: 'Todavía no hay usuarios',
    noneHint: 'Añada uno para poder entrar desde otro equipo.',
    add: 'Añadir usuario…',
    addTitle: 'Añadir un usuario',
    addSubmit: 'Añadir',
    change: 'Cambiar…',
    changeOne: (name: string) => `Cambiar ${name}`,
    remove: 'Eliminar',
    removeOne: (name: string) => `Eliminar ${name}`,
    removeWarning: 'Deja de poder entrar, y lo que tenga abierto se cierra. Lo que hizo sigue en el registro.',
    name: 'Nombre de usuario',
    nameRule: 'Letras, cifras y . _ @ -; 64 como mucho',
    taken: (name: string) => `Ya hay un usuario ${name}`,
    role: 'Papel',
    roleHints: {
      viewer: 'Mira, sin cambiar nada.',
      technician: 'Además, lleva aulas y ordenadores, crea y restaura imágenes.',
      administrator: 'Además, centros, servicios, usuarios, y vaciar la papelera.',
    } satisfies Record<Role, string>,
    password: 'Contraseña',
    passwordRule: 'Diez caracteres como mínimo',
    keepPassword: 'Vacía: sigue la que tiene',
    since: 'Desde',
  },
  audit: {
    intro: 'Todo lo que se cambió y quién entró o lo intentó, lo último primero.',
    none: 'Aún no hay nada',
    noneHint: 'Aquí queda lo que haga cada cual.',
    columns: { at: 'Cuándo', who: 'Quién', action: 'Qué', detail: 'Con qué' },
    older: 'Ver anteriores',
  },
  clients: {
    language: 'Idioma de las pantallas de los ordenadores',
    hint: 'El del sistema en vivo, sus mensajes y su log. El de esta ventana se elige arriba.',
  },
  engine: {
    intro: 'Qué hace al restaurar un ordenador que no puede usar el método pedido. El asistente lo muestra antes de confirmar.',
    noCache: 'Si no tiene CACHE, o la imagen no cabe en ella ni vacía',
    noCacheRules: {
      NONE: 'No restaurar: falla con el código 15 o 16',
      UNICAST: 'Cambiar a UNICAST-DIRECT',
      MULTICAST: 'Cambiar a MULTICAST-DIRECT si se pidió multicast; si no, a UNICAST-DIRECT',
    } satisfies Record<NoCacheRule, string>,
    fullCache: 'Si su CACHE está llena de otras imágenes',
    fullCacheRules: {
      NONE: 'No restaurar: falla con el código 16',
      FORMAT: 'Vaciar la CACHE y seguir',
      DELETE: 'Borrar otras imágenes, primero las que hace más que no se usan',
    } satisfies Record<FullCacheRule, string>,
    deploy: 'Un despliegue nunca cambia nada por su cuenta: el ordenador al que le falte la CACHE falla con el motivo.',
  },
  transfers: {
    intro: 'Lo que la consola envía por UNICAST se reparte por igual entre los ordenadores que esperan. Los cambios valen desde ya, también para lo que está en marcha.',
    speed: 'Velocidad para todos juntos',
    speedHint: 'Vacío: la que dé la red',
    unlimited: 'Sin límite',
    clients: 'Ordenadores a la vez',
    clientsHint: 'Los demás esperan su turno, que les llega enseguida',
  },
}

const en: typeof es = {
  title: 'Administration',
  tabs: { users: 'Users', audit: 'Audit log', clients: 'Computers', engine: 'Automatic change', transfers: 'Transfers' },
  users: {
    intro: 'Who may log in from a browser. The program’s own window asks for no user.',
    none: 'There are no users yet',
    noneHint: 'Add one to be able to log in from another computer.',
    add: 'Add user…',
    addTitle: 'Add a user',
    addSubmit: 'Add',
    change: 'Change…',
    changeOne: (name) => `Change ${name}`,
    remove: 'Delete',
    removeOne: (name) => `Delete ${name}`,
    removeWarning: 'They can no longer log in, and what they have open is closed. What they did stays in the log.',
    name: 'User name',
    nameRule: 'Letters, digits and . _ @ -; 64 at most',
    taken: (name) => `There is a user ${name} already`,
    role: 'Role',
    roleHints: {
      viewer: 'Looks, without changing anything.',
      technician: 'Also handles classrooms and computers, creates and restores images.',
      administrator: 'Also sites, services, users, and emptying the trash.',
    },
    password: 'Password',
    passwordRule: 'Ten characters at least',
    keepPassword: 'Empty: theirs stays',
    since: 'Since',
  },
  audit: {
    intro: 'Everything that was changed, and who logged in or tried to; the newest first.',
    none: 'Nothing yet',
    noneHint: 'Here is kept what everybody does.',
    columns: { at: 'When', who: 'Who', action: 'What', detail: 'With what' },
    older: 'Show older',
  },
  clients: {
    language: 'Language of the computers’ screens',
    hint: 'That of the live system, its messages and its log. This window’s is chosen above.',
  },
  engine: {
    intro: 'What a computer does in a restore when it cannot use the method that was asked for. The wizard shows it before you confirm.',
    noCache: 'If it has no CACHE, or the image does not fit even in an empty one',
    noCacheRules: {
      NONE: 'Do not restore: it fails with code 15 or 16',
      UNICAST: 'Change to UNICAST-DIRECT',
      MULTICAST: 'Change to MULTICAST-DIRECT if multicast was asked for; otherwise to UNICAST-DIRECT',
    },
    fullCache: 'If its CACHE is full of other images',
    fullCacheRules: {
      NONE: 'Do not restore: it fails with code 16',
      FORMAT: 'Empty the CACHE and go on',
      DELETE: 'Remove other images, those not used for longest first',
    },
    deploy: 'A deployment never changes anything by itself: a computer that lacks the CACHE fails with the reason.',
  },
  transfers: {
    intro: 'What the console sends by UNICAST is shared out equally between the computers that wait. Changes hold from now on, also for what is under way.',
    speed: 'Speed for all together',
    speedHint: 'Empty: whatever the network gives',
    unlimited: 'Unlimited',
    clients: 'Computers at a time',
    clientsHint: 'The others wait for their turn, which comes soon',
  },
}

export const admin = { es, en }
