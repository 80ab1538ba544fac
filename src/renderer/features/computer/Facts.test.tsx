// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { Hardware } from '#shared/domain/computer.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import { fakeConsole } from '../../testing/fake-console.ts'
import { computer, hardware } from '../../testing/rows.ts'
import { show } from '../../testing/show.tsx'
import { Facts } from './Facts.tsx'

afterEach(cleanup)

const mac = MacAddress.parse('52:54:00:00:00:01')

function open(interfaces: Hardware['interfaces']): void {
  show(<Facts computer={computer(1, { hardware: { ...hardware([]), interfaces } })} />, fakeConsole({}))
}

test('of each network card it says how its link is, as far as that is known', () => {
  open([
    { name: 'eth0', mac, driver: 'e1000e', ip: '10.0.0.1', speed: 100, duplex: 'half', mtu: 1500 },
    { name: 'eth1', mac, driver: '', ip: '', speed: 0 },
  ])
  expect(screen.getByText('eth0 · e1000e · 100 Mbit/s, semidúplex · MTU 1500; eth1 · ? · velocidad desconocida')).toBeTruthy()
})
