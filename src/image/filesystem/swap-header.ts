/** Bytes of a page, which is what the header of a swap area takes (mkswap on x86). */
export const SWAP_PAGE = 4096

/**
 * The header of an empty swap area (union swap_header of Linux, include/linux/swap.h).
 * @param uuid with or without hyphens
 */
export function encodeSwapHeader({ size, uuid, label }: { size: number; uuid: string; label: string }): Uint8Array {
  const page = Buffer.alloc(SWAP_PAGE)
  page.writeUInt32LE(1, 1024)
  page.writeUInt32LE(Math.floor(size / SWAP_PAGE) - 1, 1028)
  page.write(uuid.replaceAll('-', ''), 1024 + 12, 16, 'hex')
  page.write(label, 1024 + 28, 15, 'utf8')
  page.write('SWAPSPACE2', SWAP_PAGE - 10, 'latin1')
  return page
}

export const isSwapUuid = (text: string): boolean => /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/.test(text)
