#!/usr/bin/env python3
"""The weights of each fixture in the forms that checkpoints are published in, written by the real torch, safetensors and
huggingface_hub: `unet1d-bench forward` gives equal bytes whatever the form.

    formats.py BENCH FIXTURES [--plant]

BENCH is unet1d-bench, FIXTURES a folder of model folders, of which those are taken that run. Forms in single precision are
compared with a safetensors file of the weights. Forms in half precision are compared with a safetensors file of the rounded
weights in single precision. `--plant` takes one fixture, changes the last bit of one weight in each form, and must fail.
"""
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from huggingface_hub import save_torch_state_dict
from safetensors.torch import load_file, save_file

# huggingface_hub warns of pickles, which are written on purpose here.
logging.disable(logging.WARNING)
STEM = "diffusion_pytorch_model"
SAFETENSORS, PICKLE = f"{STEM}.safetensors", f"{STEM}.bin"
PREFIXES = ("module.", "_orig_mod.")
LEAST_FIXTURES = 20

bench, fixtures = sys.argv[1], Path(sys.argv[2])
planted = sys.argv[3:] == ["--plant"]


def prefixed(prefix, state):
    return {prefix + name: tensor for name, tensor in state.items()}


def shards(state, folder, safe):
    """About three files and their index."""
    largest = max(tensor.nbytes for tensor in state.values())
    size = max(largest, sum(tensor.nbytes for tensor in state.values()) // 3)
    pattern = f"{STEM}{{suffix}}.{'safetensors' if safe else 'bin'}"
    save_torch_state_dict(
        state, folder, filename_pattern=pattern, max_shard_size=size, safe_serialization=safe)
    if not list(folder.glob("*.index.json")):
        sys.exit(f"formats: {folder.name}: no index")


# What is written of single-precision tensors into a folder.
SINGLE = {
    "zip": lambda state, folder: torch.save(state, folder / PICKLE),
    "legacy": lambda state, folder: torch.save(state, folder / PICKLE, _use_new_zipfile_serialization=False),
    "safetensors-shards": lambda state, folder: shards(state, folder, safe=True),
    "pickle-shards": lambda state, folder: shards(state, folder, safe=False),
    "module": lambda state, folder: torch.save(prefixed("module.", state), folder / PICKLE),
    "orig-mod": lambda state, folder: torch.save(prefixed("_orig_mod.", state), folder / PICKLE),
    "orig-mod-safetensors": lambda state, folder: save_file(prefixed("_orig_mod.", state), folder / SAFETENSORS),
}
HALF = {"f16": torch.float16, "bf16": torch.bfloat16}


def plant(state):
    """A copy of the tensors in which the last bit of one weight is another one: of a bias that the output has added last."""
    name = list(state)[-1]
    changed = state[name].clone()
    changed.view({4: torch.int32, 2: torch.int16}[changed.element_size()])[0] ^= 1
    return {**state, name: changed}


class Forwards:
    """Folders with weights in various forms beside one configuration, and their outputs."""

    def __init__(self, fixture, tensors, scratch):
        self.fixture, self.tensors, self.scratch = fixture, tensors, scratch

    def output(self, name, state, write):
        """The bytes of the output of weights that `write` puts into a folder."""
        folder = self.scratch / name
        folder.mkdir()
        shutil.copy(self.fixture / "config.json", folder)
        write(state, folder)
        return self.of(folder)

    def of(self, folder):
        file = self.scratch / "output"
        command = [bench, "forward", "--quiet", "--threads", "1", "--model", folder, "--tensors", self.tensors]
        subprocess.run([*command, "--output", file], check=True)
        return file.read_bytes()


def check(fixture, tensors, scratch):
    """The forms that give other bytes than they should, and how many there are."""
    forwards = Forwards(fixture, tensors, scratch)
    single = {name: tensor.float() for name, tensor in load_file(fixture / SAFETENSORS).items()}
    save = lambda state, folder: save_file(state, folder / SAFETENSORS)
    change = plant if planted else lambda state: state
    expected = forwards.output("safetensors", single, save)
    differing = [name for name, write in SINGLE.items() if forwards.output(name, change(single), write) != expected]
    if forwards.of(fixture) != expected:
        differing.append("the fixture itself")
    for name, dtype in HALF.items():
        half = {name: tensor.to(dtype) for name, tensor in single.items()}
        rounded = {name: tensor.float() for name, tensor in half.items()}
        expected = forwards.output(f"{name}-rounded", rounded, save)
        if forwards.output(name, change(half), save) != expected:
            differing.append(name)
    return differing, len(SINGLE) + len(HALF)


def main():
    cases = json.loads((fixtures / "manifest.json").read_text())["cases"]
    running = {}
    for case in cases:
        if case.get("expect") == "ok" and case.get("io"):
            running.setdefault(case["dir"], case["io"])
    if len(running) < LEAST_FIXTURES:
        sys.exit("formats: too few fixtures")
    if planted:
        running = dict(list(running.items())[:1])
    count, differing = 0, []
    for fixture, tensors in running.items():
        with tempfile.TemporaryDirectory() as scratch:
            found, forms = check(fixtures / fixture, fixtures / fixture / tensors, Path(scratch))
        differing += [f"{fixture}, {form}" for form in found]
        count += forms
    for text in differing:
        print(f"formats: other bytes: {text}", file=sys.stderr)
    print(f"formats: {len(differing)} of {count} forwards give other bytes, {len(running)} fixtures")
    sys.exit(1 if differing else 0)


main()
