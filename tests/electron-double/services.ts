/** The desktop's own services, which answer and remember what they were asked. */
interface ItemTemplate {
  id?: string
  label?: string
  role?: string
  type?: string
  checked?: boolean
  accelerator?: string
  submenu?: ItemTemplate[]
  click?: () => void
}

interface Item extends Omit<ItemTemplate, 'submenu'> {
  click: () => void
  submenu?: Menu
}

export class Menu {
  static #shown: Menu | null = null
  readonly items: Item[]

  constructor(template: readonly ItemTemplate[]) {
    this.items = template.map(({ submenu, click, ...rest }) => ({
      ...rest,
      click: () => click?.(),
      ...(submenu && { submenu: new Menu(submenu) }),
    }))
  }

  static buildFromTemplate(template: readonly ItemTemplate[]): Menu {
    return new Menu(template)
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#shown = menu
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#shown
  }

  getMenuItemById(id: string): Item | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id)
      if (found) return found
    }
    return null
  }
}

/** A person who always takes the default; a spec replaces what it wants answered otherwise. */
export const dialog = {
  showMessageBoxSync: (...given: unknown[]): number => (given.at(-1) as { defaultId?: number }).defaultId ?? 0,
  showErrorBox: (title: string, content: string): void => console.error(`${title}: ${content}`),
}

const blockers = new Set<number>()

export const powerSaveBlocker = {
  start(): number {
    const id = blockers.size + 1
    blockers.add(id)
    return id
  },
  stop: (id: number): boolean => blockers.delete(id),
  isStarted: (id: number): boolean => blockers.has(id),
}

export const session = {
  defaultSession: {
    setPermissionRequestHandler(): void {},
    setPermissionCheckHandler(): void {},
  },
}
