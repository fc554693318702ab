"""Trains a small network on two interleaved half-circles in PyTorch and writes moons.safetensors: its state, some points, and
what it says of them. Run by hand: python write-moons.py (needs torch and safetensors)."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(1)
angle = torch.rand(512) * torch.pi
upper = torch.stack([angle.cos(), angle.sin()], 1)
points = torch.cat([upper[:256], torch.tensor([1, 0.5]) - upper[256:]]) + 0.1 * torch.randn(512, 2)
moons = torch.arange(512) // 256

model = nn.Sequential(nn.Linear(2, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(300):
    loss = nn.functional.cross_entropy(model(points), moons)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

model.eval()
some = torch.tensor([[0.0, 1.0], [1.0, -0.5], [0.5, 0.25], [-1.0, 0.0], [2.0, 0.5]])
with torch.no_grad():
    probabilities = model(some).softmax(1)
    print((model(points).argmax(1) == moons).float().mean().item(), probabilities)
state = {f"model.{name}": value for name, value in model.state_dict().items()}
file = Path(__file__).with_name("moons.safetensors")
save_file({**state, "points": some, "probabilities": probabilities}, file, metadata={"format": "pt", "torch": torch.__version__})
