import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  checkInteger,
  convNorm,
  Flatten,
  isPlain,
  kaimingNormal_,
  Linear,
  MaxPool2d,
  Module,
  named,
  ReLU,
  registered,
  Sequential,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of {@link ResNet}. */
export interface ResNetOptions {
  /** Number of classes (default 1000). */
  numClasses?: number;
}

/** Residual block of two 3×3 convolutions, used in ResNet-18 and 34. Source: torchvision `resnet.py`. */
@registered('BasicBlock')
export class BasicBlock extends Module {
  static readonly expansion = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly relu = new ReLU();
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | null;

  constructor(channelsIn: number, channels: number, stride = 1, downsample: Sequential | null = null) {
    super();
    this.conv1 = conv3x3(channelsIn, channels, stride);
    this.bn1 = new BatchNorm2d(channels);
    this.conv2 = conv3x3(channels, channels);
    this.bn2 = new BatchNorm2d(channels);
    this.downsample = downsample;
  }

  forward(x: tf.Tensor): tf.Tensor {
    const identity = this.downsample?.forward(x) ?? x;
    const inner = convNormAct(x, this.conv1, this.bn1, this.relu);
    return convNormAct(inner, this.conv2, this.bn2, this.relu, identity);
  }
}

/**
 * Residual block of a 1×1, a 3×3 and a 1×1 convolution, the last four times as wide, used in ResNet-50 and deeper. The
 * 3×3 convolution has the stride, as in ResNet v1.5. Source: torchvision `resnet.py`.
 */
@registered('Bottleneck')
export class Bottleneck extends Module {
  static readonly expansion = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly relu = new ReLU();
  readonly downsample: Sequential | null;

  constructor(channelsIn: number, channels: number, stride = 1, downsample: Sequential | null = null) {
    super();
    const wide = channels * Bottleneck.expansion;
    this.conv1 = conv1x1(channelsIn, channels);
    this.bn1 = new BatchNorm2d(channels);
    this.conv2 = conv3x3(channels, channels, stride);
    this.bn2 = new BatchNorm2d(channels);
    this.conv3 = conv1x1(channels, wide);
    this.bn3 = new BatchNorm2d(wide);
    this.downsample = downsample;
  }

  forward(x: tf.Tensor): tf.Tensor {
    const identity = this.downsample?.forward(x) ?? x;
    const narrow = convNormAct(x, this.conv1, this.bn1, this.relu);
    const inner = convNormAct(narrow, this.conv2, this.bn2, this.relu);
    return convNormAct(inner, this.conv3, this.bn3, this.relu, identity);
  }
}

/**
 * torchvision's residual network, with its parameter names.
 *
 * Shapes: `[n, height, width, 3]` to `[n, numClasses]`.
 *
 * Source: He et al. 2015 (https://arxiv.org/abs/1512.03385); torchvision `models/resnet.py`.
 */
@registered('ResNet')
export class ResNet extends Module {
  readonly conv1 = new Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
  readonly bn1 = new BatchNorm2d(64);
  readonly relu = new ReLU();
  readonly maxpool = new MaxPool2d(3, { stride: 2, padding: 1 });
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc: Linear;

  /** @param layers Blocks in each of the four stages. */
  constructor(
    block: typeof BasicBlock | typeof Bottleneck,
    layers: readonly [number, number, number, number],
    { numClasses = 1000 }: ResNetOptions = {},
  ) {
    super();
    checkInteger('numClasses', numClasses, { min: 1 });
    const widths = [64, 128, 256, 512];
    const stages = widths.map((width, i) =>
      makeStage(block, layers[i]!, i === 0 ? 64 : widths[i - 1]! * block.expansion, width, i === 0 ? 1 : 2),
    );
    [this.layer1, this.layer2, this.layer3, this.layer4] = stages as [
      Sequential,
      Sequential,
      Sequential,
      Sequential,
    ];
    this.fc = new Linear(512 * block.expansion, numClasses);
    for (const module of this.modules()) {
      if (module instanceof Conv2d) {
        kaimingNormal_(module.weight, { mode: 'fanOut', nonlinearity: 'relu' });
      }
    }
  }

  forward(x: tf.Tensor): tf.Tensor {
    const { maxpool, layer1, layer2, layer3, layer4, avgpool, fc } = this;
    const stem = convNormAct(x, this.conv1, this.bn1, this.relu);
    return new Sequential(maxpool, layer1, layer2, layer3, layer4, avgpool, new Flatten(), fc).forward(stem);
  }
}

/** ResNet with 18 layers; 11.7 million parameters at 1000 classes. See {@link ResNet}. */
export function resnet18(options?: ResNetOptions): ResNet {
  return new ResNet(BasicBlock, [2, 2, 2, 2], options);
}
named('resnet18')(resnet18);

/** ResNet with 34 layers; 21.8 million parameters at 1000 classes. See {@link ResNet}. */
export function resnet34(options?: ResNetOptions): ResNet {
  return new ResNet(BasicBlock, [3, 4, 6, 3], options);
}
named('resnet34')(resnet34);

/** ResNet with 50 layers; 25.6 million parameters at 1000 classes. See {@link ResNet}. */
export function resnet50(options?: ResNetOptions): ResNet {
  return new ResNet(Bottleneck, [3, 4, 6, 3], options);
}
named('resnet50')(resnet50);

/** ResNet with 101 layers; 44.5 million parameters at 1000 classes. See {@link ResNet}. */
export function resnet101(options?: ResNetOptions): ResNet {
  return new ResNet(Bottleneck, [3, 4, 23, 3], options);
}
named('resnet101')(resnet101);

/** ResNet with 152 layers; 60.2 million parameters at 1000 classes. See {@link ResNet}. */
export function resnet152(options?: ResNetOptions): ResNet {
  return new ResNet(Bottleneck, [3, 8, 36, 3], options);
}
named('resnet152')(resnet152);

function makeStage(
  Block: typeof BasicBlock | typeof Bottleneck,
  blocks: number,
  channelsIn: number,
  channels: number,
  stride: number,
): Sequential {
  const wide = channels * Block.expansion;
  const downsample =
    stride === 1 && channelsIn === wide
      ? null
      : new Sequential(conv1x1(channelsIn, wide, stride), new BatchNorm2d(wide));
  return new Sequential(
    new Block(channelsIn, channels, stride, downsample),
    ...Array.from({ length: blocks - 1 }, () => new Block(wide, channels)),
  );
}

function conv3x3(from: number, to: number, stride = 1): Conv2d {
  return new Conv2d(from, to, 3, { stride, padding: 1, bias: false });
}

function conv1x1(from: number, to: number, stride = 1): Conv2d {
  return new Conv2d(from, to, 1, { stride, bias: false });
}

/** `act(norm(conv(x)) + addend)`, fused where the modules are unmodified. */
function convNormAct(
  x: tf.Tensor,
  conv: Conv2d,
  norm: BatchNorm2d,
  act: ReLU,
  addend?: tf.Tensor,
): tf.Tensor {
  if (isPlain(conv, Conv2d) && isPlain(norm, BatchNorm2d) && isPlain(act, ReLU)) {
    const options = { addend: addend as tf.Tensor4D | undefined, activation: 'relu' } as const;
    return tf.tidy(() => convNorm(x as tf.Tensor4D, conv, norm, options));
  }
  const y = norm.forward(conv.forward(x));
  return act.forward(addend ? tf.add(y, addend) : y);
}
