// The width of a text without a font: the widths of Helvetica's letters (Adobe's metrics of the 14 standard fonts, in
// thousandths of the size), with a margin, because many machines substitute a wider font.
const widths = new Map();
for (const [width, letters] of [
  [222, "ijl'|"], [278, 'ftI .,:;/\\!()[]'], [333, '`"-r{}*'], [500, 'cksvxyzJ'], [556, 'abdeghnopqu0123456789_?$#L×'],
  [584, '+=<>~^µ'], [611, 'FTZ'], [667, 'ABEKPSVXY&'], [722, 'CDHNRUw'], [778, 'GOQ'], [833, 'mM'], [889, '%'], [944, 'W'], [1015, '@'],
]) for (const letter of letters) widths.set(letter, width);
const other = 650;
const margin = 1.18;

export function widthOfText(text, size) {
  let sum = 0;
  for (const letter of text) sum += widths.get(letter) ?? other;
  return (sum * size * margin) / 1000;
}
