/** What an examination of the classroom's network found. The sentence of each, with what to do, is in i18n. */
import type { ErrorParams } from './errors.ts'

export const FINDINGS = {
  noCard: 'problem',
  noLink: 'problem',
  linkUnknown: 'unknown',
  linkGood: 'good',
  linkSlow: 'warning',
  halfDuplex: 'problem',
  wireless: 'warning',
  mtuSmall: 'warning',
  mtuLarge: 'warning',
  mtuUnknown: 'unknown',
  serviceDown: 'problem',
  serviceWarning: 'warning',
  servicesGood: 'good',
  dhcpUnknown: 'unknown',
  dhcpGood: 'good',
  dhcpMissing: 'problem',
  dhcpSeveral: 'problem',
  dhcpBesideOurs: 'problem',
  otherPxe: 'problem',
  noOtherPxe: 'good',
  clientsHalfDuplex: 'problem',
  clientsSlow: 'warning',
  clientsAllSlow: 'warning',
  clientsMtu: 'warning',
  multicastGood: 'good',
  multicastSome: 'problem',
  multicastNone: 'problem',
  multicastLasts: 'good',
  multicastFades: 'problem',
  lastingUnknown: 'unknown',
} as const satisfies Record<string, FindingLevel>

export type FindingLevel = 'good' | 'warning' | 'problem' | 'unknown'
export type FindingName = keyof typeof FINDINGS

export interface Finding {
  name: FindingName
  level: FindingLevel
  params: ErrorParams
}
