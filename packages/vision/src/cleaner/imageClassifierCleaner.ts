import {
  ArgumentError,
  checkInteger,
  type Figure,
  node,
  type OneOrMany,
  type Pixels,
  toList,
} from '@fastts/core';
import { composed, DataError, EmptySourceError, type Label, LabelError } from '@fastts/data';
import type { AnyLearner } from '@fastts/learner';
import type { CleanerAction, CleanerChange } from './changeLog.js';
import { checkLabels, checkRows } from './checkPreds.js';
import {
  type CleanerItem,
  type CleanerPreds,
  itemsOf,
  predict,
  rowsOf,
  vocabOf,
  withComposedLabel,
} from './cleanerItems.js';
import type {
  CleanerFilter,
  CleanerOptions,
  CleanLearnerOptions,
  ShowCleanerOptions,
} from './cleanerOptions.js';
import { type CleanerPicture, STATES, statesOf, thumbnail } from './cleanerPicture.js';
import { LabelFolders } from './labelFolders.js';
import type { LabelStore } from './labelStore.js';
import { LabelTable } from './labelTable.js';
import { listedPictures, type NewPicture } from './listedPictures.js';
import { openStore } from './openStore.js';
import { pictureGrid } from './pictureGrid.js';
import { SerialQueue } from './serialQueue.js';

/**
 * Finds wrong labels: lists pictures by their loss, highest first, and deletes them or changes their labels.
 *
 * Nothing is lost. A deleted picture is moved to a folder beside the data, one with another label to that class's folder, where
 * it never overwrites another file. A CSV file beside the data logs each change, and `undo` reverts the last one, also of an
 * earlier session. Labels in a table are changed in a copy of it instead. After cleaning, create the data again.
 *
 * A network remembers the pictures that it was trained with, wrong labels included, so most of the highest losses of a
 * training set are found by predictions of a model that was not trained with them: see `fromPreds`.
 *
 * Source: fastai `vision/widgets.py`, `ImageClassifierCleaner`. There, a widget only collects what to do; here, the methods
 * do it, and the command `fastts clean` shows the same as a page.
 *
 * @example
 * const cleaner = await ImageClassifierCleaner.fromLearner(learn);
 * await (await cleaner.show({ label: 'church', split: 'train' })).save('church.png'); // with their numbers
 * await cleaner.delete([17, 40]);
 * await cleaner.change(5, 'garbage truck');
 * await cleaner.undo();
 */
export class ImageClassifierCleaner {
  private readonly queue = new SerialQueue();
  private readonly opened = new Date().toISOString();
  private readonly list: CleanerPicture[] = [];
  private worstFirst: readonly CleanerPicture[] = [];

  private constructor(
    /** The class names, by class index. */
    readonly vocab: readonly Label[],
    private readonly store: LabelStore,
    /** The CSV file with the labels as changed; undefined if pictures are moved instead. */
    readonly cleaned: string | undefined,
    /** The folder of deleted pictures; undefined if none is moved. */
    readonly removed: string | undefined,
  ) {}

  /**
   * Predicts a learner's training and validation set, both without augmentation, and lists their pictures.
   *
   * @throws DataError when the data are not picture files with one class each, or a label is not stored where `options` say.
   * @throws LabelError when a label is not in the model's vocabulary.
   */
  static async fromLearner<X, Y>(
    learn: AnyLearner<X, Y>,
    { items: given, ...options }: CleanLearnerOptions = {},
  ): Promise<ImageClassifierCleaner> {
    const { items: found, sources } = given
      ? { items: given, sources: given.map(({ path }) => path) }
      : await itemsOf(learn);
    const items = found.map(withComposedLabel);
    if (items.length === 0) {
      throw new EmptySourceError('The learner has no pictures: pass items, with path and label.');
    }
    const vocab = vocabOf(learn);
    checkLabels(items, vocab);
    const store = await openStore(items, options);
    return ImageClassifierCleaner.create(items, await predict(learn, sources), vocab, store);
  }

  /**
   * Lists pictures by given predictions, such as out-of-fold predictions, which are each by a model that was not trained with
   * the picture.
   *
   * @param given The pictures with their labels.
   * @param preds Class probabilities, one row per item, in the order of `vocab`: a tensor `[n, classes]`, or lists. A row of NaN
   *   stands for a picture that cannot be read. The tensor is not disposed of.
   * @throws DataError when there is not one row of probabilities per item, or a label is not stored where `options` say.
   * @throws LabelError when a label is not in `vocab`.
   */
  static async fromPreds(
    given: readonly CleanerItem[],
    preds: CleanerPreds,
    { vocab: classes, ...options }: CleanerOptions & { vocab: readonly Label[] },
  ): Promise<ImageClassifierCleaner> {
    const items = given.map(withComposedLabel);
    const vocab = classes.map(composed);
    if (items.length === 0)
      throw new EmptySourceError('There are no pictures: pass items, with path and label.');
    checkLabels(items, vocab);
    const store = await openStore(items, options);
    return ImageClassifierCleaner.create(items, await rowsOf(preds), vocab, store);
  }

  private static async create(
    items: readonly CleanerItem[],
    rows: readonly ArrayLike<number>[],
    vocab: readonly Label[],
    store: LabelStore,
  ): Promise<ImageClassifierCleaner> {
    checkRows(rows, items, vocab);
    const cleaner = new ImageClassifierCleaner(
      vocab,
      store,
      store instanceof LabelTable ? store.cleaned : undefined,
      store instanceof LabelFolders ? store.removed : undefined,
    );
    for (const picture of await listedPictures(items, rows, vocab, store)) cleaner.add(picture);
    cleaner.sort();
    return cleaner;
  }

  /** The log of changes, a CSV file. */
  get log(): string {
    return this.store.log.file;
  }

  /** The pictures by loss, highest first, after those that cannot be read. */
  pictures({ label, split }: CleanerFilter = {}): CleanerPicture[] {
    const named = label === undefined ? undefined : String(this.classNamed(label));
    return this.worstFirst.filter(
      (picture) =>
        (named === undefined || String(picture.listed) === named) &&
        (split === undefined || picture.split === split),
    );
  }

  /**
   * The picture of a number.
   *
   * @throws ArgumentError when there is none.
   */
  picture(number: number): CleanerPicture {
    const picture = this.list[number];
    if (picture) return picture;
    throw new ArgumentError(`There is no picture ${number}: there are ${this.list.length}, numbered from 0.`);
  }

  /**
   * A figure of the pictures with the highest losses, each with its number and label, and the predicted class with its
   * probability and the loss. Deleted ones are left out.
   *
   * @throws ArgumentError when there are none, or `label` is not a class.
   */
  async show({ maxN = 30, columns, ...filter }: ShowCleanerOptions = {}): Promise<Figure> {
    checkInteger('maxN', maxN, { min: 1 });
    const shown = this.pictures(filter)
      .filter(({ state }) => state !== 'deleted')
      .slice(0, maxN);
    if (shown.length === 0) {
      throw new ArgumentError(
        `There is nothing to show: there are no pictures of ${filter.label ?? 'any class'} in ${filter.split ?? 'either set'}.`,
      );
    }
    return pictureGrid(shown, columns);
  }

  /**
   * The pixels of a picture, reduced so that its longer side is at most `side` pixels (default 256).
   *
   * @returns Null if it cannot be read.
   */
  thumbnail(number: number, side = 256): Promise<Pixels | null> {
    return thumbnail(this.picture(number).path, side);
  }

  /** Logs that pictures are labeled rightly, so that they are known as kept, also in later sessions. */
  keep(numbers: OneOrMany<number>): Promise<CleanerPicture[]> {
    return this.each('keep', numbers, ({ label }) => String(label));
  }

  /**
   * Removes pictures from the data: moves them to the folder beside it, or leaves their rows out of the changed table.
   *
   * @param numbers Their numbers. If one fails, those before it have been deleted.
   * @throws DataError when a picture no longer exists or has been deleted already; WriteError when it cannot be moved.
   */
  delete(numbers: OneOrMany<number>): Promise<CleanerPicture[]> {
    return this.each('delete', numbers, () => '');
  }

  /**
   * Changes the label of pictures: moves them to the class's folder, or changes their rows in the changed table.
   *
   * @param numbers Their numbers. If one fails, those before it have been changed.
   * @param label A class of the vocabulary.
   * @throws LabelError when it is not one.
   * @throws DataError when a picture no longer exists or has been deleted; WriteError when it cannot be moved.
   */
  async change(numbers: OneOrMany<number>, label: Label): Promise<CleanerPicture[]> {
    const named = String(this.classNamed(label));
    return this.each('change', numbers, () => named);
  }

  /**
   * Reverts the last change that is in effect, also one of an earlier session.
   *
   * @returns The picture as it is now, or null if there is no change.
   * @throws DataError when it no longer exists; WriteError when it cannot be moved.
   */
  undo(): Promise<CleanerPicture | null> {
    return this.queue.run(async () => {
      const { store } = this;
      const changes = await store.log.changes();
      const last = changes.pop();
      if (!last) return null;
      const label = this.classNamed(last.label);
      const now = node.path.resolve(store.pathOf(last.to));
      const path = await store.perform({
        ...last,
        time: new Date().toISOString(),
        action: 'undo',
        ...{ from: last.to, to: last.from, label: last.newLabel, newLabel: last.label },
      });
      const state = statesOf(changes).get(store.placeOf(path)) ?? 'new';
      const known = this.list.find((picture) => node.path.resolve(picture.path) === now);
      if (known) return Object.assign(known, { path, label, state });
      const { split, confidence, loss } = last;
      const predicted = this.vocab.find((name) => String(name) === last.predicted) ?? null;
      const added = this.add({ path, split, label, predicted, confidence, loss, state });
      this.sort();
      return added;
    });
  }

  /** The changes that are in effect, oldest first, also those of earlier sessions. */
  changes(): Promise<CleanerChange[]> {
    return this.store.log.changes();
  }

  /** A sentence on what was done in this session, and where it is stored. */
  async summary(): Promise<string> {
    const done = (await this.changes()).filter(({ time }) => time >= this.opened);
    if (done.length === 0) return 'Nothing was changed.';
    const count = (action: CleanerAction) => done.filter((change) => change.action === action).length;
    const [deleted, changed] = [count('delete'), count('change')];
    return [
      `${deleted} deleted, ${changed} with another label, ${count('keep')} kept. Log: ${this.log}`,
      ...(this.removed && deleted > 0 ? [`Deleted pictures: ${this.removed}`] : []),
      ...(this.cleaned && deleted + changed > 0 ? [`Table with the changes: ${this.cleaned}`] : []),
    ].join('\n');
  }

  private each(
    action: CleanerAction,
    numbers: OneOrMany<number>,
    newLabel: (picture: CleanerPicture) => string,
  ): Promise<CleanerPicture[]> {
    return this.queue.run(async () => {
      const done: CleanerPicture[] = [];
      for (const number of toList(numbers).map((number) => this.picture(number).number)) {
        const picture = this.picture(number);
        done.push(await this.commit(action, picture, newLabel(picture)));
      }
      return done;
    });
  }

  private async commit(
    action: CleanerAction,
    picture: CleanerPicture,
    newLabel: string,
  ): Promise<CleanerPicture> {
    const { store } = this;
    const { path, label, split, predicted, confidence, loss } = picture;
    if (picture.state === 'deleted') {
      throw new DataError(`Picture ${picture.number} (${path}) is deleted already: undo that first.`);
    }
    if (action === 'change' && newLabel === String(label)) return picture;
    const to = action === 'keep' ? path : store.destination(path, newLabel);
    const moved = await store.perform({
      time: new Date().toISOString(),
      action,
      from: store.placeOf(path),
      to: store.placeOf(to),
      label: String(label),
      newLabel,
      split,
      predicted: String(predicted ?? ''),
      confidence,
      loss,
    });
    return Object.assign(picture, {
      path: moved,
      label: newLabel === '' ? label : this.classNamed(newLabel),
      state: STATES[action],
    });
  }

  private add(picture: NewPicture): CleanerPicture {
    const added = { ...picture, number: this.list.length, listed: picture.label };
    this.list.push(added);
    return added;
  }

  private sort(): void {
    const rank = ({ loss }: CleanerPicture) => loss ?? Number.POSITIVE_INFINITY;
    this.worstFirst = [...this.list].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
  }

  private classNamed(label: Label): Label {
    const found = this.vocab.find((known) => String(known) === composed(String(label)));
    if (found !== undefined) return found;
    throw new LabelError(`There is no class '${label}': the classes are ${this.vocab.join(', ')}.`);
  }
}
