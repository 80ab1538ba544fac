import { createTheme, Modal, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const teal: MantineColorsTuple = [
  '#e6f7f6', '#d2ebea', '#a6d5d3', '#77bfbb', '#50aca8', '#36a09b', '#269a95', '#148680', '#057771', '#006761',
]

/** System fonts only: nothing is loaded from outside, and every desktop looks like itself. */
export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 8, dark: 6 },
  autoContrast: true,
  colors: { teal },
  fontFamily: 'system-ui, "Segoe UI", Roboto, Ubuntu, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  headings: { fontWeight: '600' },
  components: { Modal: Modal.extend({ styles: { title: { fontWeight: 600 } } }) },
})

/** Mantine's own dimmed grey has a contrast of 3.3:1 on white; secondary text must be readable too. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#5c636a' },
  dark: { '--mantine-color-dimmed': '#a6a7ab' },
})
