import { accuracy, type Learner, log } from 'fastts';

/** Averages the predictions of each validation picture with those of four augmented copies. */
export async function testTimeAugmentation(learn: Learner): Promise<number> {
  const [preds, targs] = await learn.tta();
  const value = (await accuracy(preds, targs).data())[0]!;
  log(`accuracy with test-time augmentation: ${value.toFixed(4)}`);
  preds.dispose();
  targs.dispose();
  return value;
}
