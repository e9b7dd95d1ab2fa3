/**
 * Names of the numbers that kernels take as one array, in order.
 *
 * C++ defines its structs and enums by the same lists (cpp/named_numbers.h); a test compares them.
 */
export const nameLists = {
  Activation: ['none', 'relu', 'relu6'],
  AdamStep: ['lr', 'mom', 'sqrMom', 'eps', 'wd', 'decoupled', 'step'],
  BoxedPicture: ['height', 'width', 'boxLeft', 'boxTop', 'boxWidth', 'boxHeight'],
  ConvShape: [
    ...['n', 'ih', 'iw', 'ic', 'oh', 'ow', 'oc'],
    ...['kh', 'kw', 'sh', 'sw', 'dh', 'dw', 'pt', 'pl', 'groups'],
  ],
  GatherShape: ['batch', 'outer', 'size', 'count', 'width'],
  ImageShape: ['n', 'h', 'w', 'c', 'oh', 'ow'],
  MatMulShape: ['batch', 'm', 'n', 'k', 'transposeA', 'transposeB', 'strideA', 'strideB'],
  Outside: ['fill', 'border', 'reflection', 'symmetric', 'wrap'],
  PicturePlan: [
    ...['channels', 'height', 'width', 'partLeft', 'partTop', 'partWidth', 'partHeight'],
    ...['shrunkHeight', 'shrunkWidth', 'outHeight', 'outWidth', 'outside', 'sampling'],
  ],
  PoolShape: ['n', 'ih', 'iw', 'c', 'oh', 'ow', 'kh', 'kw', 'sh', 'sw', 'pt', 'pl'],
  Sampling: ['bilinear', 'nearestEven', 'nearestUp'],
  SgdStep: ['lr', 'mom', 'wd', 'decoupled'],
} as const;

type NameLists = typeof nameLists;
type Name<List extends keyof NameLists> = NameLists[List][number];

/** The numbers of a list, in C++'s order. */
export function numbers<List extends keyof NameLists>(
  list: List,
  values: Readonly<Record<Name<List>, number | boolean>>,
): Float64Array {
  const names: readonly Name<List>[] = nameLists[list];
  const packed = new Float64Array(names.length);
  for (let i = 0; i < names.length; i++) packed[i] = Number(values[names[i]!]);
  return packed;
}

/** C++'s number for one of a list's choices. */
export function choice<List extends keyof NameLists>(list: List, name: Name<List>): number {
  const names: readonly string[] = nameLists[list];
  return names.indexOf(name);
}
