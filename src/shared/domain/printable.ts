/**
 * One line of text that a terminal shows and does not obey. Names of models, log lines and reasons come from other
 * computers; a control character in them (ECMA-48, C0 and C1) could clear the screen, rename the window or type, and one
 * that turns the direction of writing (Unicode, bidirectional formatting) could make one name look like another.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}
