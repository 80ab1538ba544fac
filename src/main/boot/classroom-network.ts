/**
 * Which network card serves the classroom, and what runs on its address. A laptop is started before its
 * cable is plugged in, and carried from room to room: services that face the classroom follow.
 */
import { ServiceDown, type Service, type ServiceName } from '../platform/services.ts'
import type { AddressChoice, NetworkCard } from '../platform/network.ts'
import type { Classroom } from './classroom.ts'

export interface ClassroomNetworkParts {
  choose: () => AddressChoice
  make: (card: NetworkCard) => Classroom
}

export interface ClassroomNetwork {
  /** Where the services run, or ran last. */
  current(): Classroom | undefined
  /** A service that faces the classroom. */
  service(
    name: ServiceName, start: (room: Classroom) => Promise<string | undefined>, stop: (room: Classroom) => Promise<void>,
  ): Service
  /** Whether the address has gone (or never was) and there is another one to serve from. */
  moved(): boolean
}

export function createClassroomNetwork({ choose, make }: ClassroomNetworkParts): ClassroomNetwork {
  let room: Classroom | undefined
  const running = new Set<ServiceName>()

  /** All that runs shares one address: it is chosen anew only when nothing runs. */
  function enter(): Classroom {
    if (room && running.size > 0) return room
    const choice = choose()
    if (!choice.ok) throw new ServiceDown({ reason: 'no-address', port: 0, detail: explain(choice) })
    if (room?.card.address !== choice.card.address) room = make(choice.card)
    return room
  }

  return {
    current: () => room,
    service: (name, start, stop) => ({
      name,
      async start() {
        const listens = await start(enter())
        if (listens !== undefined) running.add(name)
        return listens
      },
      async stop() {
        running.delete(name)
        if (room) await stop(room)
      },
    }),
    moved() {
      const choice = choose()
      if (!room) return choice.ok
      const { address } = room.card
      const here = choice.ok ? choice.card.address === address : choice.cards.some((card) => card.address === address)
      return choice.ok && !here
    },
  }
}

function explain({ why, asked, cards }: Extract<AddressChoice, { ok: false }>): string {
  const outward = cards.filter(({ kind }) => kind !== 'loopback')
  const list = outward.map(({ name, address }) => `${name} ${address}`).join(', ')
  if (why === 'none') return 'no network card of this computer has an address: is the cable plugged in?'
  if (why === 'several') return `several network cards could serve the classroom (${list}): choose one with --address`
  return `no network card has ${asked}${list === '' ? '' : ` (there are ${list})`}`
}
