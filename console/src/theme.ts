import { createTheme, type MantineColorsTuple, Table } from '@mantine/core';

/** Water: the accent. */
const sluice: MantineColorsTuple = [
  '#e9f7f6',
  '#d3eceb',
  '#a6d9d7',
  '#74c5c2',
  '#4fb5b2',
  '#2fa5a1',
  '#14938f',
  '#0b7a78',
  '#066462',
  '#024f4e',
];

/** The greys of the dark page, with a little blue in them. */
const dark: MantineColorsTuple = [
  '#d7dee4',
  '#b4bfc9',
  '#94a1ad',
  '#667482',
  '#3c4854',
  '#2c3640',
  '#202830',
  '#171e25',
  '#11171d',
  '#0b1015',
];

export const theme = createTheme({
  primaryColor: 'sluice',
  primaryShade: 7,
  colors: { sluice, dark },
  autoContrast: true,
  cursorType: 'pointer',
  respectReducedMotion: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  components: { Table: Table.extend({ defaultProps: { borderColor: 'var(--line)' } }) },
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '0.9375rem' }, h3: { fontSize: '0.875rem' } },
  },
});
