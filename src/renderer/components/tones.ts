/** Text colours of good, doubtful and bad news; 4.5:1 at least on the page of either scheme. */
export const GOOD = 'light-dark(#1b6e2c, #69db7c)'
export const WARNED = 'light-dark(#8f4700, #ffc078)'
export const BAD = 'light-dark(#b02525, #ff8787)'
