"""PyTorch as a competitor: eager, on one thread, with its own kernels where it has them. Answers the requests that
competitor.ts describes, and so is worker.ts and a competitor in one."""

import json
import re
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

# How images lie in memory: by default channel after channel.
layout = torch.channels_last if "channels-last" in sys.argv else torch.contiguous_format

torch.set_num_threads(1)
generator = torch.Generator().manual_seed(1)
learning_rate = 0.01
million = (1024, 1024)


def random(*shape, dtype=torch.float32):
    return torch.randn(*shape, dtype=dtype, generator=generator)


def training(model, shape):
    """Steps of gradient descent."""
    if len(shape) == 4:
        model = model.to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    count = shape[0]
    batches = [
        (random(*shape).numpy(), ((torch.arange(count) * 7 + batch) % 10).numpy()) for batch in range(4)
    ]
    position = 0

    def step():
        nonlocal position
        inputs, labels = batches[position % len(batches)]
        position += 1
        optimizer.zero_grad(set_to_none=True)
        x = torch.from_numpy(inputs)
        if len(shape) == 4:
            x = x.contiguous(memory_format=layout)
        loss = F.cross_entropy(model(x), torch.from_numpy(labels))
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def mlp():
    def hidden(inputs):
        return [nn.Linear(inputs, 100, bias=False), nn.BatchNorm1d(100), nn.Sigmoid()]

    model = nn.Sequential(*hidden(784), *hidden(100), *hidden(100), nn.Linear(100, 10))
    return training(model, (60, 784))


def cnn():
    def block(inputs, outputs):
        convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]

    model = nn.Sequential(*block(1, 16), *block(16, 32), nn.Flatten(), nn.Linear(32 * 7 * 7, 10))
    return training(model, (64, 1, 28, 28))


def layer(module, shape):
    """Forward, and backward to the input and the parameters."""
    form = layout if len(shape) == 4 else torch.contiguous_format
    x = random(*shape).contiguous(memory_format=form).requires_grad_()
    cotangent = random(*shape).contiguous(memory_format=form)

    def step():
        x.grad = module.weight.grad = module.bias.grad = None
        module(x).backward(cotangent)

    return step


def cross_entropy():
    logits = random(1024, 1000).requires_grad_()
    target = torch.arange(1024) * 7 % 1000

    def step():
        logits.grad = None
        F.cross_entropy(logits, target).backward()

    return step


def adam():
    parameter = nn.Parameter(random(*million))
    parameter.grad = random(*million)
    return torch.optim.Adam([parameter]).step


def chain(x):
    return x.mul(1.01).add(0.1).relu().sub(0.5).abs().mul(x).neg().add(x).square().mul(0.5)


def tiny(x):
    value = x
    for _ in range(25):
        value = value.mul(0.9).add(x).tanh().sub(0.1)
    return value


def chain_forward():
    x = random(*million)
    return lambda: chain(x)


def sum_and_slope(fn, *shape):
    x = random(*shape).requires_grad_()

    def step():
        x.grad = None
        fn(x).sum().backward()

    return step


setups = {
    "mlp-step": mlp,
    "cnn-step": cnn,
    "batch-norm-2d": lambda: layer(nn.BatchNorm2d(64), (32, 64, 28, 28)),
    "batch-norm-1d": lambda: layer(nn.BatchNorm1d(1024), million),
    "layer-norm": lambda: layer(nn.LayerNorm(1024), million),
    "cross-entropy": cross_entropy,
    "adam": adam,
    "chain-forward": chain_forward,
    "chain-gradient": lambda: sum_and_slope(chain, *million),
    "tiny-graph": lambda: sum_and_slope(tiny, 10),
}


def product(m, k, n, form):
    dtype = torch.float64 if form == "f64" else torch.float32
    a = random(k, m, dtype=dtype).t() if form == "at-b" else random(m, k, dtype=dtype)
    b = random(n, k, dtype=dtype).t() if form == "a-bt" else random(k, n, dtype=dtype)
    return lambda: torch.matmul(a, b)


def prepare(benchmark):
    matrices = re.fullmatch(r"matmul-(\d+)x(\d+)x(\d+)(?:-(.*))?", benchmark)
    if matrices:
        return product(*map(int, matrices.groups()[:3]), matrices[4])
    if benchmark not in setups:
        raise KeyError("no such benchmark")
    return setups[benchmark]()


clocks = {"wall": time.perf_counter, "processor": time.process_time}


def timed(step, clock):
    start = clocks[clock]()
    step()
    return 1000 * (clocks[clock]() - start)


def times_for(request):
    global step
    if request["ask"] == "prepare":
        step = prepare(request["benchmark"])
        return [timed(step, request["clock"])]
    end = time.perf_counter() + request["milliseconds"] / 1000
    times = [timed(step, request["clock"])]
    while time.perf_counter() < end:
        times.append(timed(step, request["clock"]))
    return times


def answer(message):
    print(json.dumps(message), flush=True)


answer({"version": f"{torch.__version__} (eager)"})
for line in sys.stdin:
    try:
        answer({"times": times_for(json.loads(line))})
    except Exception as error:
        answer({"failure": str(error).split("\n")[0]})
