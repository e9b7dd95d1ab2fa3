import { describeValue } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';

const cycle: Record<string, unknown> = { name: 'a' };
cycle.self = cycle;
const failing = {
  get cell() {
    throw new Error('fails');
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();

test.each<[string, unknown, string]>([
  ['a row', { fname: 'a.jpg', size: null }, "{ fname: 'a.jpg', size: null }"],
  ['a row without a prototype', Object.assign(Object.create(null), { fname: 'a.jpg' }), "{ fname: 'a.jpg' }"],
  [
    'a row with a column toString',
    { toString: 'b', constructor: null },
    "{ toString: 'b', constructor: null }",
  ],
  [
    'a row whose toString fails',
    { toString: () => Object.create(null) },
    'an object that cannot be described',
  ],
  ['an item that contains itself', cycle, "{ name: 'a', self: { name: 'a', self: { name: 'a', self: … } } }"],
  ['an item with a getter that throws', failing, 'an object that cannot be described'],
  ['a revoked proxy', revoked.proxy, 'an object that cannot be described'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a large integer', [2n ** 64n], '[18446744073709551616]'],
  ['bytes', new DataView(new ArrayBuffer(5)), '5 bytes (DataView)'],
  ['numbers', new Float32Array(3), '3 numbers (Float32Array)'],
  ['many numbers', Array(12).fill(1), '[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, … 12 in total]'],
  ['a long text', 'x'.repeat(5000), `'${'x'.repeat(200)}… (5000 characters)'`],
  ['a date', new Date(Number.NaN), 'Invalid Date'],
  ['nothing', undefined, 'undefined'],
])('%s is described', (_, value, wanted) => {
  expect(describeValue(value)).toBe(wanted);
});

test('a tensor is described by its type and shape', () => {
  expect(describeValue([tf.zeros([2, 3]), tf.scalar(1, 'int32')])).toBe(
    '[float32 tensor of 2×3, int32 tensor of one number]',
  );
});
