import { Conv2d, ensureEngine, Flatten, Linear, Module, Sequential, setQuiet, setSeed } from '@fastts/core';
import {
  CategoryBlock,
  DataBlock,
  IndexSplitter,
  type Label,
  RegressionBlock,
  type TransformBlock,
} from '@fastts/data';
import {
  Callback,
  ClassificationInterpretation,
  CrossEntropyLossFlat,
  gradCam,
  gradCamBatch,
  Learner,
  MSELossFlat,
  NonFiniteError,
  plotGradCams,
} from '@fastts/learner';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import fixture from '../fixtures/gradCam.json';
import {
  ImageBlock,
  imagenetStats,
  MaskBlock,
  Normalize,
  Resize,
  resnet18,
  SimpleCNN,
  visionModel,
  xresnet18,
} from '../src/index.js';
import { filled } from './blockCase.js';
import { hashUniform } from './hashFill.js';

beforeAll(async () => {
  setQuiet(true);
  await ensureEngine();
});
afterAll(() => setQuiet(false));

/** The script's pictures, as PNG files. */
function pictures(height: number, width: number): Promise<Buffer[]> {
  const values = hashUniform(7, 2 * height * width * 3);
  const bytes = Uint8Array.from(values, (u) => Math.floor(u * 256));
  const each = height * width * 3;
  return Promise.all([0, 1].map((i) => png(bytes.subarray(i * each, (i + 1) * each), width, height)));
}

function png(bytes: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(bytes, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** A learner of pictures in five classes, `a` to `e`. */
async function learnerOf(
  model: Module,
  items: readonly unknown[],
  {
    itemTfms = [] as Resize[],
    normalize = Normalize.fromStats(imagenetStats),
    vocab = [...'abcde'] as Label[],
  } = {},
) {
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock({ vocab, sort: false })],
    getY: (item: unknown) => vocab[items.indexOf(item) % vocab.length]!,
    splitter: new IndexSplitter([...items.keys()]),
    itemTfms,
    batchTfms: [normalize],
  }).dataloaders([...items, ...items], { bs: 2 });
  const learn = new Learner(dls, model, { lossFunc: new CrossEntropyLossFlat() });
  learn.logger = null;
  learn.showBar = false;
  return learn;
}

interface OfPython {
  classes: number[];
  probabilities: number[];
  maps: number[][][];
  enlarged: number[];
}

/** Expects the maps, classes and probabilities of the script. */
function expectLikePyTorch(cams: Awaited<ReturnType<typeof gradCamBatch>>, expected: OfPython) {
  const close = { atol: 1e-4, rtol: 0 };
  expect(cams.map(({ index }) => index)).toEqual(expected.classes);
  expectAllClose(
    cams.map(({ map }) => map),
    expected.maps,
    close,
  );
  expectAllClose(
    cams.map(({ probability }) => probability),
    expected.probabilities,
    close,
  );
  const means = cams.map(({ enlarged }) => {
    const all = enlarged.flat();
    return all.reduce((sum, value) => sum + value, 0) / all.length;
  });
  expectAllClose(means, expected.enlarged, close);
}

describe("the maps are those of PyTorch's hooks", () => {
  const networks = {
    xresnet18: { model: () => filled(xresnet18({ nOut: 5 }), 0.7), layers: ['7', '6'] as const },
    resnet18: { model: () => filled(visionModel(resnet18, 5), 0.7), layers: ['0', '0.6'] as const },
  };
  test.each(['xresnet18', 'resnet18'] as const)(
    '%s: by default of its last block, else of a given layer and class',
    async (name) => {
      const { height, width, layers, class3 } = fixture[name];
      const {
        model,
        layers: [last, earlier],
      } = networks[name];
      const items = await pictures(height, width);
      const learn = await learnerOf(model(), items);
      const expected: Record<string, OfPython> = layers;
      const before = tf.memory().numTensors;
      const cams = await gradCamBatch(learn, items);
      expect(cams.map(({ layer }) => layer)).toEqual([last, last]);
      expect(cams.map(({ label }) => label)).toEqual(expected[last]!.classes.map((index) => 'abcde'[index]));
      expectLikePyTorch(cams, expected[last]!);
      expectLikePyTorch(await gradCamBatch(learn, items, { layer: earlier }), expected[earlier]!);
      const module = learn.model.namedModules().find(([path]) => path === earlier)![1];
      expectLikePyTorch(await gradCamBatch(learn, items, { layer: module }), expected[earlier]!);
      expectLikePyTorch(await gradCamBatch(learn, items, { cls: 'd' }), class3);
      expectLikePyTorch([await gradCam(learn, items[0], { cls: 3 })], {
        classes: [3],
        probabilities: class3.probabilities.slice(0, 1),
        maps: class3.maps.slice(0, 1),
        enlarged: class3.enlarged.slice(0, 1),
      });
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

/** A model whose score of each class is the mean of a channel: 1 × 1 convolutions of the colors. */
class Colors extends Module {
  readonly conv: Conv2d;

  constructor(
    weights: readonly (readonly number[])[],
    private readonly times = 1,
  ) {
    super();
    this.conv = new Conv2d(3, weights.length, 1, { bias: false });
    tf.tidy(() =>
      this.conv.weight.assign(
        tf.reshape(tf.transpose(tf.tensor2d(weights.map((row) => [...row]))), [1, 1, 3, weights.length]),
      ),
    );
  }

  forward(x: tf.Tensor): tf.Tensor {
    let y = x;
    for (let i = 0; i < this.times; i++) y = this.conv.forward(y);
    return tf.mean(y, [1, 2]);
  }
}

/** Black, with a red square at the top right of a picture that is wider than high. */
function redCorner(): Promise<Buffer> {
  const [width, height] = [64, 32];
  const data = new Uint8Array(width * height * 3);
  for (let y = 4; y < 12; y++) for (let x = 36; x < 44; x++) data[3 * (y * width + x)] = 255;
  return png(data, width, height);
}

const unscaled = Normalize.fromStats({ mean: [0, 0, 0], std: [0.5, 0.5, 0.5] });

test('a layer on which the scores do not depend is refused', async () => {
  class Aside extends Colors {
    readonly aside = new Conv2d(3, 1, 1);
    override forward(x: tf.Tensor): tf.Tensor {
      this.aside.forward(x);
      return super.forward(x);
    }
  }
  const model = new Aside([
    [0, 1, 0],
    [1, 0, 0],
  ]);
  const learn = await learnerOf(model, [await redCorner()], { vocab: ['green', 'red'] });
  const before = tf.memory().numTensors;
  await expect(gradCam(learn, await redCorner(), { layer: 'aside' })).rejects.toThrow(
    /scores do not depend on the output of the layer.*choose another `layer`/,
  );
  expect(tf.memory().numTensors).toBe(before);
});

test('of a layer that is called several times, the last output is examined', async () => {
  const model = new Colors(
    [
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ],
    2,
  );
  const learn = await learnerOf(model, [await redCorner()], { normalize: unscaled, vocab: ['r', 'g', 'b'] });
  const { label, map } = await gradCam(learn, await redCorner());
  expect(label).toBe('r');
  expect(map.flat().filter((value) => value > 0.5)).toHaveLength(64);
});

test('numbers that are labels are labels, not indices', async () => {
  const model = new Colors([
    [0, 1, 0],
    [1, 0, 0],
  ]);
  const learn = await learnerOf(model, [await redCorner()], { vocab: [3, 0] });
  expect((await gradCam(learn, await redCorner(), { cls: 0 })).index).toBe(1);
  await expect(gradCam(learn, await redCorner(), { cls: 1 })).rejects.toThrow(
    /no class '1' among the learner's 2/,
  );
});

test('the learner is unchanged: modes, hooks, weights, statistics and gradients, also if it is frozen or fails', async () => {
  const items = await pictures(24, 24);
  const learn = await learnerOf(new SimpleCNN([3, 4, 4, 5]), items);
  learn.model.requiresGrad_(false);
  learn.model.train();
  const [, norm] = learn.model.modules();
  norm!.training = false;
  const state = () => {
    const found = learn.model.stateDict();
    const values = [...found].map(([name, value]) => [name, [...value.dataSync()]]);
    tf.dispose([...found.values()]);
    const modules = learn.model
      .modules()
      .map((module) => [module.training, Object.hasOwn(module, 'forward')]);
    return [values, modules, learn.grads.size, tf.memory().numTensors];
  };
  const before = state();
  const cam = await gradCam(learn, items[0]);
  expect(cam.map).toHaveLength(3);
  await cam.plot({ beside: true });
  await expect(gradCam(learn, items[0], { cls: 'z' })).rejects.toThrow();
  await expect(gradCam(learn, items[0], { layer: '3' })).rejects.toThrow();
  expect(state()).toEqual(before);
});

test('a fit with maps after each epoch trains the same weights', async () => {
  const items = await pictures(24, 24);
  class Maps extends Callback {
    readonly seen: number[][][] = [];
    override async afterEpoch() {
      this.seen.push((await gradCam(this.learn, items[0], { cls: 'a' })).map);
    }
  }
  const fit = async (cbs: Callback[]) => {
    setSeed(1);
    const learn = await learnerOf(filled(new SimpleCNN([3, 4, 4, 5])), items);
    await learn.fit(2, 0.1, { cbs });
    return learn.model.parameters().map(({ value }) => [...value.dataSync()]);
  };
  const maps = new Maps();
  expect(await fit([maps])).toEqual(await fit([]));
  expect(maps.seen).toHaveLength(2);
  expect(maps.seen[0]).not.toEqual(maps.seen[1]);
});

test('pictures are drawn in a grid with their classes, with the map over each or beside it', async () => {
  const items = await pictures(24, 24);
  const learn = await learnerOf(filled(new SimpleCNN([3, 4, 4, 5])), items);
  const cams = await gradCamBatch(learn, items);
  const texts = cams.map(({ label, probability }) => `>${label} / ${probability.toFixed(2)}<`);
  const over = (await plotGradCams(cams)).svg();
  for (const text of texts) expect(over).toContain(text);
  expect(over.match(/<image/g)).toHaveLength(4);
  expect(over.match(/<image class="heat"/g)).toHaveLength(2);
  const beside = (await plotGradCams(cams, { beside: true })).svg();
  expect(beside.match(/<image/g)).toHaveLength(6);
  expect((await cams[0]!.plot()).svg().match(/<image/g)).toHaveLength(2);
});

test('the highest losses are drawn with the maps of the predicted classes', async () => {
  const items = await pictures(24, 24);
  const learn = await learnerOf(filled(new SimpleCNN([3, 4, 4, 5])), items);
  const interp = await ClassificationInterpretation.fromLearner(learn);
  const before = tf.memory().numTensors;
  const heats = (figure: { svg(): string }) =>
    figure
      .svg()
      .match(/<image class="heat"[^>]*>/g)
      ?.map((image) => /base64,[^"]*/.exec(image)![0]);
  const found = heats(await interp.plotTopLosses(2, { gradCam: true }));
  expect(tf.memory().numTensors).toBe(before);
  const worst = interp.topLosses(2)[2];
  expect(found).toEqual(heats(await plotGradCams(await gradCamBatch(learn, worst))));
  expect(heats(await interp.plotTopLosses(2))).toBeUndefined();
});

describe('errors say what is wrong and what to do', () => {
  const items = pictures(24, 24);
  const cnn = async () =>
    learnerOf(new SimpleCNN([3, 4, 4, 5]), await items, {
      vocab: ['church', 'gas pump', 'tench', 'truck', 'dog'],
    });

  test('a class is the same however its accents are spelled', async () => {
    const learn = learnerOf(new SimpleCNN([3, 4, 4, 2]), await items, { vocab: ['tee', 'caf\u00e9'] });
    expect((await gradCam(await learn, (await items)[0], { cls: 'cafe\u0301' })).index).toBe(1);
  });

  test.each([
    [
      { cls: 'gas punp' },
      "There is no class 'gas punp' among the learner's 5: the most similar is 'gas pump'.",
    ],
    [{ cls: 5 }, "There is no class '5' among the learner's 5: indices go from 0 to 4."],
    [
      { layer: '0.9' },
      "The model has no layer named '0.9': the most similar name in learn.model.namedModules() is '0.0'.",
    ],
    [
      { layer: 'x' },
      "The model has no layer named 'x': the most similar name in learn.model.namedModules() is '0'.",
    ],
    [
      { layer: new Flatten() },
      "`layer` is not a module of the learner's model: choose one of learn.model.modules().",
    ],
    [
      { layer: '3' },
      /layer whose output is \[n, height, width, channels\].*but that of '3' is not: choose one before global pooling/,
    ],
  ])('%j', async (options, message) => {
    const learn = await cnn();
    await expect(gradCam(learn, (await items)[0], options)).rejects.toThrow(message);
  });

  test('a model without a layer that has spatial extent', async () => {
    const learn = await learnerOf(new Sequential(new Flatten(), new Linear(24 * 24 * 3, 5)), await items);
    await expect(gradCam(learn, (await items)[0])).rejects.toThrow(
      /such as a convolution, but no module of the model has one/,
    );
  });

  test('learners that are not classifiers of one score per class', async () => {
    const other = async (block: TransformBlock<tf.Tensor>, getY: () => unknown, model: Module) => {
      const blocks = new DataBlock({ blocks: [ImageBlock(), block], getY, splitter: new IndexSplitter([0]) });
      return new Learner(await blocks.dataloaders(await items, { bs: 1 }), model, {
        lossFunc: new MSELossFlat(),
      });
    };
    const regression = await other(RegressionBlock(), () => 1, new SimpleCNN([3, 4, 1]));
    await expect(gradCam(regression, (await items)[0])).rejects.toThrow(
      /the learner has no classes.*CategoryBlock/,
    );
    const mask = await png(new Uint8Array(24 * 24 * 3), 24, 24);
    const segmentation = await other(MaskBlock({ codes: ['a', 'b'] }), () => mask, new Conv2d(3, 2, 1));
    await expect(gradCam(segmentation, (await items)[0])).rejects.toThrow(
      /has shape \[1,24,24,2\] for 2 classes/,
    );
    const rows = new Learner({ train: [], valid: [] }, new Conv2d(3, 2, 1), { lossFunc: new MSELossFlat() });
    await expect(gradCam(rows, (await items)[0])).rejects.toThrow('gradCam requires DataLoaders');
  });

  test('weights that are not finite', async () => {
    const learn = await cnn();
    const [weight] = learn.model.parameters();
    tf.tidy(() => weight!.assign(tf.fill(weight!.shape, Number.NaN)));
    await expect(gradCam(learn, (await items)[0])).rejects.toThrow(NonFiniteError);
  });
});

eachEngine(() => {
  test('the map lies where the network saw the class in the picture that it saw, which was cropped', async () => {
    const model = new Colors([
      [0, 1, 0],
      [1, 0, 0],
    ]);
    const vocab = ['green', 'red'];
    const learn = await learnerOf(model, [await redCorner()], {
      itemTfms: [new Resize(32)],
      normalize: unscaled,
      vocab,
    });
    const cam = await gradCam(learn, await redCorner());
    expect([cam.label, cam.layer]).toEqual(['red', 'conv']);
    const { data, width, height } = cam.picture;
    expect([width, height]).toEqual([32, 32]);
    const red = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => data[3 * (y * width + x)]! / 255),
    );
    expect(red[6]![24]).toBe(1);
    expect(red.flat().filter((value) => value > 0.5)).toHaveLength(64);
    expectAllClose(cam.map, red, { atol: 0.01 });
    expect(cam.enlarged).toEqual(cam.map);
    const green = await gradCam(learn, await redCorner(), { cls: 'green' });
    expect(Math.max(...green.map.flat())).toBe(0);
  });
});
