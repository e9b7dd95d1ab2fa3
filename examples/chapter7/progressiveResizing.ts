import {
  AdaptiveAvgPool2d,
  accuracy,
  CrossEntropyLossFlat,
  Learner,
  log,
  ProgressiveResize,
  tf,
} from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './sections.js';

/**
 * Why one network takes pictures of any size: a convolution's weights do not depend on how often they are applied, so that its output
 * only grows, and the pooling at the end makes one value per channel of any size. What follows sees no difference.
 */
export async function showAnySize({ arch }: Chapter): Promise<void> {
  const model = arch({ nOut: 10 });
  model.eval();
  for (const side of [224, 512]) {
    log(`a picture of ${side} × ${side} pixels:`);
    tf.tidy(() => {
      let x: tf.Tensor = tf.zeros([1, side, side, 3]);
      const show = (name: string) => log(`  ${name.padEnd(18)} [${x.shape.join(', ')}]`);
      for (const [i, layer] of [...model].entries()) {
        if (layer instanceof AdaptiveAvgPool2d) show('last convolution');
        x = layer.forward(x);
        if (i === 0) show('first convolution');
        if (layer instanceof AdaptiveAvgPool2d) show('pooling');
      }
      show('output');
    });
  }
  model.dispose();
}

/** Training on small pictures, then fine-tuning on large ones by giving the learner other data loaders. */
export async function progressiveResizing({
  getDls,
  arch,
  bs,
  size,
  resizing,
  full,
  fitOptions,
}: Chapter): Promise<Trained> {
  const { small, first, last } = resizing;
  log(`${first} epochs at ${small} pixels, then 1 + ${last} at ${size}`);
  const dls = await getDls(full ? 128 : bs, small);
  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
  });
  await learn.fitOneCycle(first, 3e-3, fitOptions('small'));

  learn.dls = await getDls(bs, size);
  await learn.fineTune(last, full ? 1e-3 : 2e-3, fitOptions('large'));
  return { learn, epochs: first + 1 + last };
}

/** The same in one fit: a callback increases the size of the pictures during training, from half of it to all of it. */
export async function progressiveResizeCallback({
  getDls,
  arch,
  bs,
  size,
  growingEpochs,
  fitOptions,
}: Chapter): Promise<Trained> {
  const dls = await getDls(bs, size);
  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
    cbs: new ProgressiveResize(),
  });
  await learn.fitOneCycle(growingEpochs, 3e-3, fitOptions());
  return { learn, epochs: growingEpochs };
}
