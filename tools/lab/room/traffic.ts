/** What has gone through the classroom's switch, counted at its ports: neither the console nor the computers are asked. */
import { z } from 'zod'
import { runCommand } from '#image/run/run.ts'
import { inNamespace } from '../host/child.ts'
import { CONSOLE_PORT, tapOf, type LabNetwork } from './network.ts'

/** Bytes that were sent since the room was opened, with the headers of Ethernet. */
export interface Traffic {
  console: number
  /** All of them together. */
  computers: number
}

const Links = z.array(z.object({ ifname: z.string(), stats64: z.object({ rx: z.object({ bytes: z.number() }) }) }))

/** @param computers how many there are */
export async function sentSoFar(network: LabNetwork, computers: number): Promise<Traffic> {
  const { stdout } = await runCommand(inNamespace(network.switch, ['ip', '-json', '-statistics', 'link', 'show']))
  // What a port receives is what the computer at its other end sends.
  const sent = new Map(Links.parse(JSON.parse(stdout)).map(({ ifname, stats64 }) => [ifname, stats64.rx.bytes]))
  const taps = Array.from({ length: computers }, (_, index) => tapOf(index + 1))
  return {
    console: sent.get(CONSOLE_PORT) ?? 0,
    computers: taps.reduce((sum, tap) => sum + (sent.get(tap) ?? 0), 0),
  }
}
