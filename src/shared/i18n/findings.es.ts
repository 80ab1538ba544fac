import type { FindingName } from '../domain/finding.ts'

/** Qué se encontró y qué hacer. Huecos como en results.es.ts. */
export const findingsEs: Record<FindingName, string> = {
  noCard: 'Ninguna tarjeta de red atiende al aula. Conecte el cable o elija una tarjeta en los ajustes.',
  noLink: 'El cable de red de {card} no está conectado, o el switch está apagado. Revise sus dos extremos.',
  linkUnknown: 'Este sistema no dice la velocidad del enlace de {card}.',
  linkGood: 'El enlace de {card} es bueno: {speed} Mbit/s.',
  linkSlow: 'El enlace de {card} tiene solo {speed} Mbit/s. Use un cable de categoría 5e o mejor y un puerto gigabit del switch: todas las transferencias esperan a este enlace.',
  halfDuplex: 'El enlace de {card} es half duplex: las transferencias serán lentas y perderán paquetes. Ponga tarjeta y switch en negociación automática, o cambie el cable.',
  wireless: 'La tarjeta {card} es inalámbrica. Los equipos no arrancan bien por ella y el multicast va lento: conecte este ordenador por cable.',
  mtuSmall: 'La tarjeta {card} lleva paquetes de solo {mtu} bytes, como en un túnel o una VPN. Ponga su MTU a 1500 o salga de la VPN.',
  mtuLarge: 'La tarjeta {card} envía paquetes de {mtu} bytes. Si no todos los switches y equipos del aula admiten tramas jumbo, ponga su MTU a 1500.',
  serviceDown: 'Un servicio de la consola está caído ({service}).',
  serviceWarning: 'Un servicio de la consola funciona con algo que le estorba ({service}).',
  servicesGood: 'Todos los servicios de la consola funcionan.',
  dhcpUnknown: 'No se pudo preguntar a la red quién da direcciones: otro programa de este ordenador tiene el puerto UDP 68, o hace falta permiso.',
  dhcpGood: 'Un servidor DHCP da direcciones: {servers}.',
  dhcpMissing: 'Nadie da direcciones en esta red: los equipos no arrancarán. Conecte su router o, en un aula cerrada, ponga el DHCP de la consola en «completo».',
  dhcpSeveral: 'Varios servidores DHCP dan direcciones: {servers}. Apague todos menos uno: los equipos pueden recibir una dirección de otra red.',
  dhcpBesideOurs: 'La consola da direcciones, y otro servidor también: {servers}. Ponga el DHCP de la consola en «proxy», o apague el otro.',
  otherPxe: 'Otro servidor dice a los equipos qué arrancar: {servers}. Pueden arrancar de él y no de esta consola: apáguelo o quite las opciones 66 y 67 de su configuración.',
  noOtherPxe: 'Ningún otro servidor dice a los equipos qué arrancar.',
  clientsSlow: 'Equipos con un enlace lento: {computers}. Revise sus cables y sus puertos del switch.',
  multicastGood: 'El multicast de la consola llega a los equipos que esperan órdenes: {computers}.',
  multicastSome: 'El multicast de la consola no llega a: {computers}. A otros sí: revise el cable, el cortafuegos y el puerto del switch de estos, y el encaminamiento de multicast si están en otra red. Mientras tanto, un restaurado por MULTICAST les llega por UNICAST.',
  multicastNone: 'El multicast de la consola no llega a ningún equipo ({computers}). Suele ser un switch con «IGMP snooping» sin un «querier» en la red: active el querier o desactive el snooping. Mire también el cortafuegos de este ordenador. Mientras tanto, MULTICAST tarda como UNICAST.',
}
