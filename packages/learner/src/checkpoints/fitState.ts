import { FileFormatError, isCount, isRecord, nameOf, type RngState, rng } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import type { Callback } from '../loop/callback.js';
import type { SourcePosition } from '../loop/sourcePass.js';
import type { OptimizerState } from '../optimizers/optimizer.js';
import { dataOf } from './dataIdentity.js';
import { checkForm, storeState } from './storedState.js';

/** Everything that the rest of a fit depends on. */
export interface FitState {
  fit: FitIdentity;
  /** The epoch to continue with. */
  epoch: number;
  /** Where its training stands; `null` before the epoch. */
  within: { iter: number; pass: SourcePosition } | null;
  trainIter: number;
  pctTrain: number;
  callbacks: CallbackState[];
  rng: RngState;
  model: Record<string, tf.Tensor>;
  optimizer: OptimizerState;
  /** Gradients accumulated for the next step, by the names of the parameters. */
  grads: Record<string, tf.Tensor>;
}

/** What must be equal for a fit to continue where another one stopped. */
interface FitIdentity {
  nEpoch: number;
  part: number;
  parts: number;
  /** Number of frozen parameter groups. */
  frozen: number;
  train: string;
  valid: string;
}

interface CallbackState {
  name: string;
  state: object;
}

/**
 * The state of a running fit: before `epoch`, or within it. The tensors of `model` belong to the caller, the others do not.
 */
export async function fitStateOf(
  learn: AnyLearner,
  epoch: number,
  within: FitState['within'],
): Promise<FitState> {
  return { ...(await progressOf(learn, epoch, within)), ...tensorsOf(learn) };
}

/**
 * Resumes a fit from a state, whose tensors it takes.
 *
 * @throws LearnerError when the state is that of another fit.
 * @throws FileFormatError when it is damaged.
 */
export async function restoreFit(learn: AnyLearner, state: FitState): Promise<void> {
  const present = await progressOf(learn, 0, null);
  let restored: RestoredCallback[];
  try {
    restored = checked(learn, state, present);
    learn.model.loadStateDict(new Map(Object.entries(state.model)));
    learn.opt.loadStateDict(state.optimizer);
  } catch (error) {
    tf.dispose([...storeState(state).tensors.values()]);
    throw error;
  }
  tf.dispose(state.model);
  restoreGrads(learn, state.grads);
  for (const { callback, saved } of restored) if (saved) await callback.loadStateDict?.(saved.state);
  // Callbacks that the earlier fit had, and this one does not have.
  const taken = new Set(restored.map(({ saved }) => saved));
  const left = state.callbacks.filter((saved) => !taken.has(saved));
  tf.dispose([...storeState({ left }).tensors.values()]);
  learn.trainIter = state.trainIter;
  learn.pctTrain = state.pctTrain;
  rng().loadStateDict(state.rng);
}

interface RestoredCallback {
  callback: Callback;
  saved: CallbackState | undefined;
}

/** The callbacks with their states, after all checks that change nothing. */
function checked(learn: AnyLearner, state: FitState, present: Progress): RestoredCallback[] {
  checkForm(state, { ...present, callbacks: [], model: {}, optimizer: {}, grads: {} }, 'the fit');
  checkContents(state);
  checkIdentity(state.fit, present.fit);
  return savedCallbacks(learn).map((callback, i) => {
    const { name, state: own } = present.callbacks[i]!;
    const place = present.callbacks.slice(0, i).filter((other) => other.name === name).length;
    const saved = state.callbacks.filter((other) => other.name === name)[place];
    if (saved) checkForm(saved.state, own, name);
    return { callback, saved };
  });
}

type Progress = Omit<FitState, keyof Tensors>;
type Tensors = Pick<FitState, 'model' | 'optimizer' | 'grads'>;

async function progressOf(learn: AnyLearner, epoch: number, within: FitState['within']): Promise<Progress> {
  const callbacks: CallbackState[] = [];
  for (const callback of savedCallbacks(learn)) {
    const state: unknown = await callback.stateDict!();
    const name = nameOf(callback);
    if (!isRecord(state)) {
      throw new LearnerError(
        `stateDict of ${name} must return an object with named values, got ${Array.isArray(state) ? 'a list' : String(state)}.`,
      );
    }
    callbacks.push({ name, state });
  }
  const { nEpoch, fitPart: part, fitParts: parts, dls, trainIter, pctTrain } = learn;
  const fit = {
    nEpoch,
    part,
    parts,
    frozen: learn.opt.frozenIdx,
    train: dataOf(dls.train),
    valid: dataOf(dls.valid),
  };
  return { fit, epoch, within, trainIter, pctTrain, callbacks, rng: rng().stateDict() };
}

function tensorsOf({ model, opt, grads }: AnyLearner): Tensors {
  const accumulated = model.namedParameters().flatMap(([name, parameter]) => {
    const grad = grads.get(parameter);
    return grad ? [[name, grad] as const] : [];
  });
  return {
    model: Object.fromEntries(model.stateDict()),
    optimizer: opt.stateDict(),
    grads: Object.fromEntries(accumulated),
  };
}

function restoreGrads(learn: AnyLearner, grads: FitState['grads']): void {
  learn.zeroGrad();
  const parameters = new Map(learn.model.namedParameters());
  for (const [name, grad] of Object.entries(grads)) {
    const parameter = parameters.get(name);
    if (!parameter) {
      throw new FileFormatError(`The checkpoint has a gradient of ${name}, which the model does not have.`);
    }
    learn.grads.set(parameter, grad);
  }
}

function savedCallbacks({ cbs }: AnyLearner): Callback[] {
  return cbs.filter(({ stateDict }) => stateDict);
}

/** @throws FileFormatError when a part that has no counterpart in a new fit is not of its type. */
function checkContents({ epoch, within, model, grads, optimizer, callbacks }: FitState): void {
  const areTensors = (value: unknown) =>
    isRecord(value) && Object.values(value).every((one) => one instanceof tf.Tensor);
  const { hypers, parameters } = optimizer;
  const isWhole =
    isCount(epoch) &&
    (within === null || (isCount(within.iter) && isCount(within.pass?.done))) &&
    [model, grads].every(areTensors) &&
    Array.isArray(hypers) &&
    hypers.every(
      (group) => isRecord(group) && Object.values(group).every((one) => typeof one === 'number'),
    ) &&
    Array.isArray(parameters) &&
    parameters.every((one) => isRecord(one) && isCount(one.step) && areTensors(one.tensors)) &&
    callbacks.every((one) => isRecord(one) && isRecord(one.state));
  if (!isWhole) throw new FileFormatError('The checkpoint is damaged: parts of the state are missing.');
}

/** @throws LearnerError naming what differs. */
function checkIdentity(saved: FitIdentity, own: FitIdentity): void {
  const differs = (what: string, theirs: unknown, ours: unknown, remedy: string) =>
    new LearnerError(`The checkpoint is of another fit: ${what} ${theirs}, here ${ours}. ${remedy}`);
  if (saved.nEpoch !== own.nEpoch) {
    throw differs(
      'its number of epochs is',
      saved.nEpoch,
      own.nEpoch,
      'Resume with the same call, or use another folder.',
    );
  }
  if (saved.frozen !== own.frozen) {
    throw differs(
      'its number of frozen parameter groups is',
      saved.frozen,
      own.frozen,
      'Freeze or unfreeze as before, or use another folder.',
    );
  }
  for (const split of ['train', 'valid'] as const) {
    if (saved[split] === own[split]) continue;
    throw differs(
      `its ${split === 'train' ? 'training' : 'validation'} data are`,
      saved[split],
      own[split],
      'Use the same items, batch size and split: call setSeed before the data are split, or give the splitter a seed.',
    );
  }
}
