#!/usr/bin/env python3
"""Gradients of the fixtures' forwards with respect to their samples, by PyTorch's autograd in float64.

    python gradients.py [--out FILE] [--only SUBSTRING] [--all]

Writes one safetensors file: for each forward NAME with a gradient

    NAME.cotangent   float32, the output's shape: seeded normal numbers
    NAME.gradient    float32, the sample's shape: Σ cotangent · ∂output/∂sample, rounded once from float64
    NAME.error       float64: PyTorch's own float32 gradient (the larger error of oneDNN on and off) against it, as a share of
                     the gradient's greatest magnitude

Without `--all` only the forwards of KEPT, which the tests have. Forwards whose output or gradient holds a NaN are left out.
The model is loaded as generate.py does, so that both see the same float64 embedding.
"""
import argparse
import json
import os
import zlib

import torch
from safetensors.torch import load_file, save_file

import generate
from diffusers import UNet1DModel
from diffusers.models import embeddings

HERE = os.path.dirname(os.path.abspath(__file__))
SETS = ["visible", "found/0.26.3"]
KEPT = {
    "attn_2heads_dim33", "attn_down_up", "awkward_channels", "dance5_small", "default_3level", "hor128_small",
    "kernel_perturbed", "mix_resnet_down_kernel_up", "noskip_down_only_odd", "resnet_layers0_relu",
    "suite_unet1d_swish", "up_block_last_doubles", "value_out_after_unet", "value_small",
}


def gradient(model, sample, timestep, cotangent):
    sample = sample.clone().requires_grad_(True)
    output = model(sample, timestep).sample
    return output.detach(), torch.autograd.grad(output, sample, cotangent.to(output.dtype))[0]


def one(directory, tensors, form, seed):
    sample, timestep = tensors["sample"], tensors["timestep"]
    if form.startswith("python"):
        timestep = timestep.item()
    model = UNet1DModel.from_pretrained(directory).eval()
    cotangent = torch.randn(tensors["expected"].shape, generator=torch.Generator().manual_seed(seed))
    singles = []
    for enabled in (True, False):
        torch.backends.mkldnn.enabled = enabled
        singles.append(gradient(model, sample, timestep, cotangent)[1])
    torch.backends.mkldnn.enabled = True
    embeddings.get_timestep_embedding = generate.f64_timestep_embedding
    try:
        output, exact = gradient(model.double(), sample.double(), timestep, cotangent)
    finally:
        embeddings.get_timestep_embedding = generate._orig_emb
    if torch.isnan(output).any() or torch.isnan(exact).any():
        return None
    largest = exact.abs().max().item()
    error = max((single.double() - exact).abs().max().item() for single in singles) / max(largest, 1e-300)
    return {
        "cotangent": cotangent, "gradient": exact.float().contiguous(),
        "error": torch.tensor(error, dtype=torch.float64),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=os.path.join(HERE, "../gradients/gradients.safetensors"))
    parser.add_argument("--only", default="")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    found = {}
    for folder in SETS:
        root = os.path.join(HERE, "..", folder)
        for case in json.load(open(os.path.join(root, "manifest.json")))["cases"]:
            name = case["name"]
            if case["expect"] != "ok" or arguments.only not in name:
                continue
            if not arguments.all and name not in KEPT:
                continue
            directory = os.path.join(root, case["dir"])
            tensors = load_file(os.path.join(directory, case["io"]))
            made = one(directory, tensors, case["timestep"]["form"], zlib.crc32(name.encode()))
            if made is None:
                print(name, "has a NaN")
                continue
            print(f"{name}: {made['error'].item():.2e}")
            found |= {f"{name}.{key}": value for key, value in made.items()}
    os.makedirs(os.path.dirname(os.path.abspath(arguments.out)), exist_ok=True)
    save_file(found, arguments.out)


main()
