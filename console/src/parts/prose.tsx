/** A sentence as Sluice words it: what stands between backticks is to be typed as it is. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, place) =>
    place % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
      <code key={place}>{part}</code>
    ) : (
      part
    ),
  );
}
