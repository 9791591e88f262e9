/** The package brings no types: its default export is the list of known providers' domains. */
declare module 'email-providers' {
  const domains: readonly string[];
  export default domains;
}
