"""One training step of an instant-ngp-like model in torch on the CPU: the peer of bench/wholeStep.ts.

Hash grid of 16 levels x 2 features with 2^19 entries a level (16 to 2048 cells a side), networks 32-64-16 and 32-64-64-3,
mean squared error, Adam (fused). Prints one JSON line: {"variant", "torch", "threads", "samples", "fastest", "median", "loss"}, seconds.

    python torch_ngp_step.py VARIANT [--rays 4096] [--samples 64] [--warm 3] [--rounds 8] [--threads 2]

VARIANT says how the table's gradient is made: index_add, embedding_bag, embedding_backward, bincount (a function of its own,
eager), autograd (what people write, eager) or compile (the same through torch.compile).
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

LEVELS, FEATURES, TABLE_SIZE = 16, 2, 1 << 19
BASE_RESOLUTION, MAX_RESOLUTION = 16, 2048
GROWTH = (MAX_RESOLUTION / BASE_RESOLUTION) ** (1 / (LEVELS - 1))
RESOLUTIONS = [int(BASE_RESOLUTION * GROWTH**level) for level in range(LEVELS)]
ENTRIES = [min(TABLE_SIZE, ((r + 1) ** 3 + 7) // 8 * 8) for r in RESOLUTIONS]
FIRST = [sum(ENTRIES[:level]) for level in range(LEVELS + 1)]
# 2654435761 and 805459861 as int32.
PRIME_Y, PRIME_Z = 2654435761 - (1 << 32), 805459861
RAY_LENGTH = 0.5


def corners(positions, level):
    """Entries and weights of the 8 corners around each position: two [8, samples] tensors."""
    resolution = RESOLUTIONS[level]
    scaled = positions * resolution
    cell = scaled.to(torch.int32)
    fraction = scaled - cell
    low_high = torch.stack((cell, cell + 1))
    x, y, z = low_high.unbind(-1)
    if (resolution + 1) ** 3 <= ENTRIES[level]:
        side = resolution + 1
        index = x[:, None, None] + (y * side)[None, :, None] + (z * side * side)[None, None, :]
    else:
        index = (x[:, None, None] ^ (y * PRIME_Y)[None, :, None] ^ (z * PRIME_Z)[None, None, :]) & (TABLE_SIZE - 1)
    wx, wy, wz = torch.stack((1 - fraction, fraction)).unbind(-1)
    weight = wx[:, None, None] * wy[None, :, None] * wz[None, None, :]
    samples = positions.shape[0]
    return index.reshape(8, samples), weight.reshape(8, samples)


def encode(positions, table):
    """The encoding by autograd's own means."""
    levels = []
    for level in range(LEVELS):
        index, weight = corners(positions, level)
        entries = F.embedding(index, table[FIRST[level] : FIRST[level + 1]])
        levels.append((entries * weight[..., None]).sum(0))
    return torch.cat(levels, 1)


class Encode(torch.autograd.Function):
    """The encoding with a backward pass of its own; subclasses differ in how the table's gradient is summed."""

    @staticmethod
    def forward(ctx, positions, table):
        ctx.kept, ctx.shape = [corners(positions, level) for level in range(LEVELS)], table.shape
        out = torch.empty(positions.shape[0], LEVELS * FEATURES)
        for level, (index, weight) in enumerate(ctx.kept):
            entries = F.embedding(index, table[FIRST[level] : FIRST[level + 1]])
            out[:, level * FEATURES : (level + 1) * FEATURES] = (entries * weight[..., None]).sum(0)
        return out

    @classmethod
    def backward(cls, ctx, gradient):
        result = torch.zeros(ctx.shape)
        for level, (index, weight) in enumerate(ctx.kept):
            part = gradient[:, level * FEATURES : (level + 1) * FEATURES]
            cls.scatter(result[FIRST[level] : FIRST[level + 1]], index, weight, part)
        return None, result


class IndexAdd(Encode):
    @staticmethod
    def scatter(target, index, weight, gradient):
        target.index_add_(0, index.reshape(-1), (weight[..., None] * gradient).reshape(-1, FEATURES))


class EmbeddingBackward(Encode):
    @staticmethod
    def scatter(target, index, weight, gradient):
        values = (weight[..., None] * gradient[None]).reshape(-1, FEATURES)
        target.copy_(torch.ops.aten.embedding_dense_backward(values, index.reshape(-1), target.shape[0], -1, False))


class Bincount(Encode):
    @staticmethod
    def scatter(target, index, weight, gradient):
        flat = index.reshape(-1).long()
        for feature in range(FEATURES):
            values = (weight * gradient[None, :, feature]).reshape(-1)
            target[:, feature] = torch.bincount(flat, weights=values, minlength=target.shape[0])


class EmbeddingBag(torch.autograd.Function):
    """Gather, weight and sum in one operation; the gradient by scatter_add."""

    @staticmethod
    def forward(ctx, positions, table):
        ctx.kept, ctx.shape = [], table.shape
        levels = []
        for level in range(LEVELS):
            index, weight = corners(positions, level)
            ctx.kept.append((index.t().contiguous().long(), weight.t().contiguous()))
            entries = table[FIRST[level] : FIRST[level + 1]]
            levels.append(F.embedding_bag(ctx.kept[-1][0], entries, per_sample_weights=ctx.kept[-1][1], mode="sum"))
        return torch.cat(levels, 1)

    @staticmethod
    def backward(ctx, gradient):
        result = torch.zeros(ctx.shape)
        for level, (index, weight) in enumerate(ctx.kept):
            values = weight[..., None] * gradient[:, None, level * FEATURES : (level + 1) * FEATURES]
            flat = (index[..., None] * FEATURES + torch.arange(FEATURES)).reshape(-1)
            result[FIRST[level] : FIRST[level + 1]].view(-1).scatter_add_(0, flat, values.reshape(-1))
        return None, result


ENCODERS = {
    "index_add": IndexAdd.apply,
    "embedding_backward": EmbeddingBackward.apply,
    "bincount": Bincount.apply,
    "embedding_bag": EmbeddingBag.apply,
    "autograd": encode,
    "compile": encode,
}


def spherical_harmonics(directions):
    """Degree 3: 16 components."""
    x, y, z = directions.unbind(-1)
    xx, yy, zz, xy, yz, xz = x * x, y * y, z * z, x * y, y * z, x * z
    return torch.stack(
        [
            torch.full_like(x, 0.28209479),
            -0.48860251 * y,
            0.48860251 * z,
            -0.48860251 * x,
            1.0925484 * xy,
            -1.0925484 * yz,
            0.94617469 * zz - 0.31539156,
            -1.0925484 * xz,
            0.54627421 * (xx - yy),
            0.59004358 * y * (-3 * xx + yy),
            2.8906114 * xy * z,
            0.45704579 * y * (1 - 5 * zz),
            0.37317633 * z * (5 * zz - 3),
            0.45704579 * x * (1 - 5 * zz),
            1.4453057 * z * (xx - yy),
            0.59004358 * x * (-xx + 3 * yy),
        ],
        -1,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("variant", choices=ENCODERS)
    parser.add_argument("--rays", type=int, default=4096)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--warm", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    rays, samples = options.rays, options.samples
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    table = nn.Parameter((torch.rand(FIRST[-1], FEATURES) * 2 - 1) * 1e-4)
    density = nn.Sequential(nn.Linear(32, 64, bias=False), nn.ReLU(), nn.Linear(64, 16, bias=False))
    color = nn.Sequential(
        nn.Linear(32, 64, bias=False), nn.ReLU(), nn.Linear(64, 64, bias=False), nn.ReLU(), nn.Linear(64, 3, bias=False)
    )
    parameters = [table, *density.parameters(), *color.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-2, betas=(0.9, 0.99), eps=1e-15, fused=True)
    encoder, step_length = ENCODERS[options.variant], RAY_LENGTH / samples

    def loss_of(positions, directions, pixels):
        features = density(encoder(positions, table))
        sigma = torch.exp(features[:, 0].clamp(max=10)).view(rays, samples) * step_length
        harmonics = spherical_harmonics(directions)[:, None].expand(rays, samples, 16).reshape(-1, 16)
        colors = torch.sigmoid(color(torch.cat([features, harmonics], 1))).view(rays, samples, 3)
        transmittance = torch.exp(-torch.cumsum(sigma, 1) + sigma)
        weights = transmittance * (1 - torch.exp(-sigma))
        return F.mse_loss((weights[..., None] * colors).sum(1), pixels)

    if options.variant == "compile":
        loss_of = torch.compile(loss_of)

    def batch():
        origins = torch.rand(rays, 3) * 0.2 + 0.4
        directions = F.normalize(torch.randn(rays, 3), dim=1)
        distances = (torch.arange(samples) + torch.rand(rays, samples)) / samples * RAY_LENGTH
        positions = origins[:, None] + directions[:, None] * distances[..., None]
        return positions.reshape(-1, 3).clamp(0, 1 - 1e-6), directions, torch.rand(rays, 3)

    seconds = []
    for _ in range(options.warm + options.rounds):
        inputs = batch()
        began = time.perf_counter()
        loss = loss_of(*inputs)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds.append(time.perf_counter() - began)
    timed = seconds[options.warm :]
    print(
        json.dumps(
            {
                "variant": options.variant,
                "torch": torch.__version__,
                "threads": options.threads,
                "samples": rays * samples,
                "fastest": min(timed),
                "median": statistics.median(timed),
                "loss": loss.item(),
            }
        )
    )


main()
