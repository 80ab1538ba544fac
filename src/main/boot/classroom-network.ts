/**
 * Which network card serves the classroom, and what runs on its address. A laptop is started before its
 * cable is plugged in, and carried from room to room: services that face the classroom follow.
 */
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Service, ServiceName, Started } from '../platform/services.ts'
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
    name: ServiceName, start: (room: Classroom) => Promise<Started | undefined>, stop: (room: Classroom) => Promise<void>,
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
    if (!choice.ok) throw noCard(choice)
    if (room?.card.address !== choice.card.address) room = make(choice.card)
    return room
  }

  return {
    current: () => room,
    service: (name, start, stop) => ({
      name,
      async start() {
        const started = await start(enter())
        if (started) running.add(name)
        return started
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

function noCard({ why, asked, cards }: Extract<AddressChoice, { ok: false }>): ClonaulaError {
  const list = cards.filter(({ kind }) => kind !== 'loopback').map(({ name, address }) => `${name} ${address}`).join(', ')
  if (why === 'none') return new ClonaulaError('noNetwork', 'no network card has an address')
  if (why === 'several') return new ClonaulaError('severalNetworks', `several network cards: ${list}`, { cards: list })
  return new ClonaulaError('networkMissing', `no network card has ${asked}`, { wanted: asked, ...(list !== '' && { cards: list }) })
}
