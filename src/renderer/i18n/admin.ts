/** Users, who did what, and the language of the clients. */
import type { Role } from '#shared/contract/people.ts'

const es = {
  title: 'Administración',
  tabs: { users: 'Usuarios', audit: 'Registro', clients: 'Ordenadores' },
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
}

const en: typeof es = {
  title: 'Administration',
  tabs: { users: 'Users', audit: 'Audit log', clients: 'Computers' },
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
}

export const admin = { es, en }
