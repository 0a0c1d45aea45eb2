#!/usr/bin/env python3
"""One small model in the formats that weights are published in, all made by the real torch and diffusers.

    python formats.py [--out DIR]

Every folder of `formats/` holds the tensors of `formats/safetensors`, under other names, types or files. All of these
values are exact in eight bits, so that every folder holds the same numbers.
"""
import argparse, copy, json, os, shutil

import torch
import generate
from collections import OrderedDict
from diffusers import UNet1DModel
from safetensors.torch import save_file

CONFIG = dict(
    generate.SUITE_UNET, in_channels=2, out_channels=2, block_out_channels=[8, 8], down_block_types=["DownResnetBlock1D"] * 2,
    up_block_types=["UpResnetBlock1D"], norm_num_groups=4)
STEM = "diffusion_pytorch_model"


def model():
    torch.manual_seed(5)
    net = UNet1DModel(**CONFIG).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            # Multiples of 1/8 below 1: exact in every type.
            parameter.copy_((torch.randn_like(parameter) * 3).round().clamp(-7, 7) / 8)
    return net


def index(files, suffix):
    return {"metadata": {"total_size": 0}, "weight_map": {name: file for file, names in files.items() for name in names}}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "..", "formats"))
    out = ap.parse_args().out
    shutil.rmtree(out, ignore_errors=True)
    net = model()
    state = OrderedDict((k, v.clone()) for k, v in net.state_dict().items())

    def folder(name):
        path = os.path.join(out, name)
        os.makedirs(path)
        shutil.copy(os.path.join(out, "safetensors", "config.json"), path) if name != "safetensors" else None
        return path

    net.save_pretrained(folder("safetensors"))
    save = lambda name, file, value, **kw: torch.save(value, os.path.join(folder(name), file), **kw)
    save("zip", f"{STEM}.bin", state)
    save("zip-protocol4", f"{STEM}.bin", state, pickle_protocol=4)
    save("legacy", f"{STEM}.bin", state, _use_new_zipfile_serialization=False)
    save("parameters", f"{STEM}.bin", OrderedDict((k, torch.nn.Parameter(v)) for k, v in state.items()))
    save("half", f"{STEM}.bin", {k: v.half() for k, v in state.items()})
    save("bfloat16", f"{STEM}.bin", {k: v.bfloat16() for k, v in state.items()})
    save("bfloat16-legacy", f"{STEM}.bin", {k: v.bfloat16() for k, v in state.items()},
         _use_new_zipfile_serialization=False)
    save("double", f"{STEM}.bin", {k: v.double() for k, v in state.items()})
    save("data-parallel", f"{STEM}.bin", {"module." + k: v for k, v in state.items()})
    save("compiled", f"{STEM}.bin", {"_orig_mod." + k: v for k, v in state.items()})
    save("nested", f"{STEM}.bin", {"state_dict": state, "epoch": 3})
    save("other-name", "pytorch_model.bin", state)

    # All tensors in one storage, every second one transposed in memory.
    whole = torch.cat([v.transpose(0, -1).contiguous().flatten() if i % 2 else v.flatten()
                       for i, v in enumerate(state.values())])
    views, start = OrderedDict(), 0
    for i, (k, v) in enumerate(state.items()):
        part = whole[start:start + v.numel()]
        turned = list(v.transpose(0, -1).shape)
        views[k] = part.view(turned).transpose(0, -1) if i % 2 else part.view(v.shape)
        assert torch.equal(views[k], v)
        start += v.numel()
    save("views", f"{STEM}.bin", views)
    save("views-legacy", f"{STEM}.bin", views, _use_new_zipfile_serialization=False)

    names = list(state)
    halves = {1: names[:len(names) // 2], 2: names[len(names) // 2:]}
    for name, extension, write, variant in [
            ("shards", "safetensors", save_file, ""), ("shards-bin", "bin", torch.save, ""),
            ("shards-variant", "safetensors", save_file, "fp16")]:
        path = folder(name)
        stem = f"{STEM}.{variant}" if variant else STEM
        files = {f"{stem}-0000{i}-of-00002.{extension}": part for i, part in halves.items()}
        for file, part in files.items():
            write({k: state[k].half() if variant else state[k] for k in part}, os.path.join(path, file))
        dotted = f"{STEM}.{extension}.index.{variant + '.' if variant else ''}json"
        with open(os.path.join(path, dotted), "w") as f:
            json.dump({"metadata": {"total_size": sum(v.numel() * 4 for v in state.values())},
                       "weight_map": {k: file for file, part in files.items() for k in part}}, f, indent=1)
    path = folder("variants")
    for variant in ("fp16", "10000"):
        save_file({k: v.half() for k, v in state.items()}, os.path.join(path, f"{STEM}.{variant}.safetensors"))

    path = folder("float8")
    save_file({k: v.to(torch.float8_e4m3fn) for k, v in state.items()}, os.path.join(path, f"{STEM}.safetensors"))
    path = folder("float8-e5m2")
    save_file({k: v.to(torch.float8_e5m2) for k, v in state.items()}, os.path.join(path, f"{STEM}.safetensors"))


if __name__ == "__main__":
    main()
