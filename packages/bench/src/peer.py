"""The process in which PyTorch and fastai are measured: reads one request per line from standard input
and writes one reply per line. `tasks.ts` defines both. Usage: peer.py THREADS"""

import json
import sys
import time

replies = sys.stdout
sys.stdout = sys.stderr  # libraries may print

import torch
import torch.nn.functional as F
from torch import nn

CLASSES = 1000
LAYOUTS = {"contiguous": torch.contiguous_format, "channelsLast": torch.channels_last}


class Repeated:
    """Runs `once` the requested number of times."""

    def __init__(self, once):
        self.once = once

    def warm_up(self):
        self.run(2)
        return self.run(1)

    def run(self, count):
        start = time.perf_counter()
        for _ in range(count):
            self.once()
        return time.perf_counter() - start


def matmul(task, _):
    a = torch.randn(task["m"], task["k"])
    b = torch.randn(task["n"], task["k"]).t() if task["transposeB"] else torch.randn(task["k"], task["n"])
    return Repeated(torch.inference_mode()(lambda: a @ b))


def conv(task, layout):
    n, size, stride, kernel = (task[name] for name in ("batchSize", "size", "stride", "kernelSize"))
    padding = kernel // 2
    out = (size + 2 * padding - kernel) // stride + 1
    x = torch.randn(n, task["inChannels"], size, size).to(memory_format=layout)
    w = torch.randn(task["outChannels"], task["inChannels"], kernel, kernel).to(memory_format=layout)
    dy = torch.randn(n, task["outChannels"], out, out).to(memory_format=layout)
    if task["direction"] == "forward":
        return Repeated(torch.inference_mode()(lambda: F.conv2d(x, w, stride=stride, padding=padding)))
    mask = [task["direction"] == "inputGradient", task["direction"] == "filterGradient", False]
    geometry = ([stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1)
    return Repeated(
        torch.inference_mode()(lambda: torch.ops.aten.convolution_backward(dy, x, w, None, *geometry, mask))
    )


def conv_layer(channels_in, channels_out, kernel, stride=1, act=True):
    layers = [
        nn.Conv2d(channels_in, channels_out, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out),
    ]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Block(nn.Module):
    def __init__(self, expansion, channels_in, width, stride):
        super().__init__()
        channels_out = width * expansion
        if expansion == 1:
            path = [conv_layer(channels_in, width, 3, stride), conv_layer(width, channels_out, 3, act=False)]
        else:
            path = [
                conv_layer(channels_in, width, 1),
                conv_layer(width, width, 3, stride),
                conv_layer(width, channels_out, 1, act=False),
            ]
        self.path = nn.Sequential(*path)
        identity = [nn.AvgPool2d(2, ceil_mode=True)] if stride > 1 else []
        if channels_in != channels_out:
            identity.append(conv_layer(channels_in, channels_out, 1, act=False))
        self.identity = nn.Sequential(*identity)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.path(x) + self.identity(x))


def xresnet(expansion, blocks):
    """fastai's xresnet (He et al. 2018, https://arxiv.org/abs/1812.01187); does not need fastai."""
    layers = [conv_layer(3, 32, 3, 2), conv_layer(32, 32, 3), conv_layer(32, 64, 3), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for stage, count in enumerate(blocks):
        width = 64 << stage
        for i in range(count):
            layers.append(Block(expansion, channels, width, 2 if stage > 0 and i == 0 else 1))
            channels = width * expansion
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


MODELS = {"xresnet18": lambda: xresnet(1, [2, 2, 2, 2]), "xresnet50": lambda: xresnet(4, [3, 4, 6, 3])}


def pictures(task, layout):
    return torch.randn(task["batchSize"], 3, task["size"], task["size"]).to(memory_format=layout)


def train(task, layout):
    model = MODELS[task["model"]]().to(memory_format=layout).train()
    x, y = pictures(task, layout), torch.randint(0, CLASSES, (task["batchSize"],))
    settings = dict(lr=1e-3, betas=(0.9, 0.99), eps=1e-5, weight_decay=0.01)
    try:
        opt = torch.optim.AdamW(model.parameters(), fused=True, **settings)
    except (TypeError, RuntimeError):  # older PyTorch
        opt = torch.optim.AdamW(model.parameters(), **settings)

    def step():
        F.cross_entropy(model(x), y).backward()
        opt.step()
        opt.zero_grad(set_to_none=True)

    return Repeated(step)


def infer(task, layout):
    model = MODELS[task["model"]]().to(memory_format=layout).eval()
    x = pictures(task, layout)
    return Repeated(torch.inference_mode()(lambda: model(x)))


def epoch(task, layout):
    from fastai.vision import all as fv

    class TrainClock(fv.Callback):
        order = -100

        def before_train(self):
            self.start = time.perf_counter()

        def after_train(self):
            self.seconds = time.perf_counter() - self.start

    def dataloaders(files):
        return fv.DataBlock(
            blocks=(fv.ImageBlock, fv.CategoryBlock(vocab=task["vocab"])),
            get_y=fv.parent_label,
            splitter=fv.IndexSplitter([0]),
            item_tfms=fv.Resize(460),
            batch_tfms=[
                *fv.aug_transforms(size=task["size"], min_scale=0.75),
                fv.Normalize.from_stats(*fv.imagenet_stats),
            ],
        ).dataloaders(files, bs=task["batchSize"], device=torch.device("cpu"))

    class Epoch:
        def __init__(self):
            files = [fv.Path(file) for file in task["files"]]
            self.whole = dataloaders(files)
            self.clock = TrainClock()
            model = getattr(fv, task["model"])(n_out=len(task["vocab"])).to(memory_format=layout)
            self.learn = fv.Learner(
                dataloaders(files[: task["batchSize"] + 1]),
                model,
                loss_func=fv.CrossEntropyLossFlat(),
                metrics=fv.accuracy,
                cbs=self.clock,
            )

        def warm_up(self):
            seconds = self.run(1)
            self.learn.dls = self.whole
            return seconds

        def run(self, _):
            with self.learn.no_bar(), self.learn.no_logging():
                self.learn.fit_one_cycle(1, 3e-3)
            return self.clock.seconds

    return Epoch()


TASKS = {"matmul": matmul, "conv": conv, "train": train, "infer": infer, "epoch": epoch}


def peak_rss():
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def about():
    try:
        import fastai

        return {"torch": torch.__version__, "fastai": fastai.__version__}
    except ImportError:
        return {"torch": torch.__version__, "fastai": None}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(42)
    current = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "about":
                answer = about()
            elif request["op"] == "prepare":
                current = None
                task = request["task"]
                current = TASKS[task["kind"]](task, LAYOUTS[request["layout"]])
                answer = {"seconds": current.warm_up(), "peakRssMiB": peak_rss()}
            else:
                answer = {"seconds": current.run(request["count"]), "peakRssMiB": peak_rss()}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(answer) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
