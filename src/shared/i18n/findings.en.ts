import type { FindingName } from '../domain/finding.ts'

/** What was found and what to do. Gaps as in results.en.ts. */
export const findingsEn: Record<FindingName, string> = {
  noCard: 'No network card serves the classroom. Plug in the cable, or choose a card in the settings.',
  noLink: 'The network cable of {card} is not connected, or the switch is off. Check both of its ends.',
  linkUnknown: 'This system does not say how fast the link of {card} is.',
  linkGood: 'The link of {card} is good: {speed} Mbit/s.',
  linkSlow: 'The link of {card} has {speed} Mbit/s only. Use a cable of category 5e or better and a gigabit port of the switch: every transfer waits for this link.',
  halfDuplex: 'The link of {card} is half duplex: transfers will be slow and lose packets. Set card and switch both to automatic negotiation, or change the cable.',
  wireless: 'The card {card} is wireless. Computers cannot boot over it reliably, and multicast is slow: connect this computer by cable.',
  mtuSmall: 'The card {card} carries packets of {mtu} bytes only, as in a tunnel or VPN. Set its MTU to 1500, or leave the VPN.',
  mtuLarge: 'The card {card} sends packets of {mtu} bytes. Unless every switch and computer of the room takes jumbo frames, set its MTU to 1500.',
  serviceDown: 'A service of the console is down ({service}).',
  serviceWarning: 'A service of the console runs with something in its way ({service}).',
  servicesGood: 'All services of the console are running.',
  dhcpUnknown: 'The network could not be asked who gives addresses: another program of this computer has UDP port 68, or it needs permission.',
  dhcpGood: 'One DHCP server gives addresses: {servers}.',
  dhcpMissing: 'Nobody gives addresses in this network: computers will not boot. Connect its router, or, in a closed classroom, set the console’s DHCP to “full”.',
  dhcpSeveral: 'Several DHCP servers give addresses: {servers}. Switch off all but one: computers may get an address of the wrong network.',
  dhcpBesideOurs: 'The console gives addresses, and so does another server: {servers}. Set the console’s DHCP to “proxy”, or switch the other one off.',
  otherPxe: 'Another server tells computers what to boot: {servers}. They may boot from it instead of this console: switch it off, or take options 66 and 67 out of its settings.',
  noOtherPxe: 'No other server tells computers what to boot.',
  clientsSlow: 'Computers with a slow link: {computers}. Check their cables and their ports of the switch.',
  multicastGood: 'The console’s multicast reaches the computers that wait for orders: {computers}.',
  multicastSome: 'The console’s multicast does not reach: {computers}. It reaches others: check the cables, firewalls and switch ports of these, and the routing of multicast if they are in another network. Meanwhile a restore by MULTICAST comes to them by UNICAST.',
  multicastNone: 'The console’s multicast reaches no computer ({computers}). Mostly that is a switch with IGMP snooping and no querier in the network: switch the querier on, or the snooping off. Look at this computer’s firewall too. Meanwhile MULTICAST takes as long as UNICAST.',
}
