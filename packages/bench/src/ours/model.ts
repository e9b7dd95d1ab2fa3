import {
  type BatchSource,
  CrossEntropyLossFlat,
  Learner,
  type LearnerData,
  tf,
  xresnet18,
  xresnet50,
} from 'fastts';
import type { ModelTask } from '../tasks.js';
import { type Measured, repeated } from './measured.js';
import { TrainClock } from './trainClock.js';

/** The measured models by name. */
export const makers = { xresnet18, xresnet50 };

const CLASSES = 1000;

/** Training steps of a `Learner` with Adam, repeated on one batch. */
export async function training({ model: name, size, batchSize }: ModelTask): Promise<Measured> {
  const model = makers[name]({ nOut: CLASSES });
  const x = tf.randomNormal<tf.Rank.R4>([batchSize, size, size, 3]);
  const y = tf.randomUniform<tf.Rank.R1>([batchSize], 0, CLASSES, 'int32');
  const batches = (length: number): BatchSource => ({
    length,
    *[Symbol.iterator]() {
      for (let i = 0; i < length; i++) yield [x.clone(), y.clone()];
    },
  });
  const clock = new TrainClock();
  const dls: LearnerData = { train: batches(0), valid: batches(0) };
  const learn = new Learner(dls, model, { lossFunc: new CrossEntropyLossFlat(), cbs: clock });
  learn.logger = null;
  learn.showBar = false;
  const run = async (count: number) => {
    learn.dls = { train: batches(count), valid: batches(0) };
    await learn.fit(1);
    return { seconds: clock.seconds };
  };
  return {
    async warmUp() {
      await run(2);
      return run(1);
    },
    run,
    dispose() {
      tf.dispose([x, y]);
      model.dispose();
    },
  };
}

/** Predictions, repeated on one batch. */
export function inference({ model: name, size, batchSize }: ModelTask): Measured {
  const model = makers[name]({ nOut: CLASSES }).eval();
  const x = tf.randomNormal<tf.Rank.R4>([batchSize, size, size, 3]);
  return repeated(
    () => tf.tidy(() => void model.forward(x)),
    () => {
      x.dispose();
      model.dispose();
    },
  );
}
