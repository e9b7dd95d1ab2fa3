import { type Program, program } from '@fastts/testing/program';

/** Trains with batches of the given sizes, one fit each, on images of 256 pixels through many layers. */
const source = `
import { CrossEntropyLossFlat, Conv2d, Flatten, AdaptiveAvgPool2d, Lambda, Learner, Linear, Sequential, setQuiet, tf, useEngine } from 'fastts';

async function main() {
  setQuiet(true);
  await useEngine('native');
  let bs = 1;
  const source = {
    length: 1,
    async *[Symbol.asyncIterator]() {
      yield [tf.ones([bs, 256, 256, 3]), tf.zeros([bs], 'int32')];
    },
  };
  const deep = Array.from({ length: 24 }, () => new Lambda((x) => tf.relu(x)));
  const model = new Sequential(new Conv2d(3, 32, 1), ...deep, new AdaptiveAvgPool2d(1), new Flatten(), new Linear(32, 2));
  const learn = new Learner({ train: source, valid: source, c: 2 }, model, { lossFunc: new CrossEntropyLossFlat() });
  learn.logger = null;
  learn.showBar = false;
  for (bs of process.argv.slice(2).map(Number)) {
    try {
      await learn.fit(1);
      console.log(JSON.stringify({ bs, tensors: tf.memory().numTensors }));
    } catch ({ name, message, bytes, available }) {
      console.log(JSON.stringify({ bs, tensors: tf.memory().numTensors, name, message, bytes, available }));
    }
  }
}

main();
`;

let trains: Program;
beforeAll(async () => {
  trains = await program(source, __dirname);
});
afterAll(() => trains.remove());

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
  'with too little memory a fit says so, its memory is free again, and the next fit has smaller batches (Linux has ulimit -v)',
  async () => {
    // 3 GiB, of which Node itself takes one; a batch of 16 needs 3.
    const limited = ['sh', '-c', 'ulimit -v 3145728; exec "$0" "$@"'];
    const { output, code } = await trains.start(['1', '16', '1'], { command: limited }).ended;
    const fits = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(fits).toEqual([
      { bs: 1, tensors: expect.any(Number) },
      {
        bs: 16,
        tensors: fits[0].tensors,
        name: 'OutOfMemoryError',
        message: expect.stringMatching(
          /^A batch of 16 items does not fit into memory: .* needs .* of memory, of which .* smaller bs/,
        ),
        bytes: expect.any(Number),
        available: expect.any(Number),
      },
      { bs: 1, tensors: fits[0].tensors },
    ]);
    expect(fits[1].bytes).toBeGreaterThan(1e8);
    expect(fits[1].available).toBeLessThan(fits[1].bytes);
  },
);
