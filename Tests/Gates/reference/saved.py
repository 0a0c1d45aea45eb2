#!/usr/bin/env python3
"""Models that the command and the library saved, loaded by the real diffusers: the same tensors, the same outputs, and for single
precision the same file as `save_pretrained` writes.

    saved.py BENCH GATES FIXTURES [--plant]

BENCH is unet1d-bench, GATES unet1d-gates, FIXTURES a folder of model folders, of which those are taken that this version of
diffusers loads. `--plant` flips a bit of each file that was saved, and must fail.
"""
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
import diffusers  # noqa: E402
import torch  # noqa: E402
from diffusers import UNet1DModel  # noqa: E402

diffusers.utils.logging.set_verbosity_error()
VERSION = tuple(int(part) for part in diffusers.__version__.split(".")[:2])
# Earlier versions know no shards.
READS_SHARDS = VERSION >= (0, 30)
# Earlier versions build 16 values whatever the configuration says.
DERIVES_WIDTH = VERSION >= (0, 36)
STEM = "diffusion_pytorch_model"
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}

bench, gates, fixtures = sys.argv[1:4]
planted = sys.argv[4:] == ["--plant"]
failures = []


def hold(what, truth):
    if not truth:
        failures.append(what)
        print(f"saving: {what}", file=sys.stderr)


def plant(folder):
    """The last byte is a sign and an exponent, whatever the type."""
    for file in sorted(Path(folder).glob("*.safetensors")):
        data = bytearray(file.read_bytes())
        data[-1] ^= 0x40
        file.write_bytes(data)


def convert(source, target, *flags):
    command = [bench, "convert", "--quiet", str(source), str(target), *flags]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if planted:
        plant(target)


def load(folder, **arguments):
    model = UNet1DModel.from_pretrained(str(folder), **arguments).eval()
    # Tensors lie where their file was mapped, and PyTorch's bits depend on how they are aligned.
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data = tensor.data.clone()
    return model


def same(a, b):
    """State dicts with equal names, types and bits."""
    if a.keys() != b.keys() or any(a[name].dtype != b[name].dtype for name in a):
        return False
    bits = {4: torch.int32, 2: torch.int16}
    views = [{name: tensor.view(bits[tensor.element_size()]) for name, tensor in state.items()} for state in (a, b)]
    return all(torch.equal(views[0][name], views[1][name]) for name in a)


def inputs(folder, case):
    from safetensors.torch import load_file

    tensors = load_file(f"{folder}/{case['io']}")
    timestep = tensors["timestep"]
    # Of rank 0: a Python number.
    return tensors["sample"], timestep if timestep.dim() else timestep.item()


def check(name, folder, case, scratch):
    original = load(folder)
    convert(folder, scratch / "f32")
    saved = load(scratch / "f32")
    hold(f"{name}: other tensors", same(original.state_dict(), saved.state_dict()))
    ours, theirs = dict(saved.config), dict(original.config)
    for config in (ours, theirs):
        for key in [key for key in config if key.startswith("_")]:
            del config[key]
        # Set for the versions that derive it; where it is set, it says what the weights have.
        config.pop("time_embedding_dim", None)
    hold(f"{name}: another configuration: {ours} instead of {theirs}", ours == theirs)
    original.save_pretrained(scratch / "theirs", safe_serialization=True)
    file = f"{STEM}.safetensors"
    hold(
        f"{name}: another file than save_pretrained writes",
        (scratch / "f32" / file).read_bytes() == (scratch / "theirs" / file).read_bytes(),
    )
    sample, timestep = inputs(folder, case)
    with torch.no_grad():
        # NaN equals NaN.
        outputs = [model(sample, timestep).sample.nan_to_num(7) for model in (original, saved)]
    hold(f"{name}: other outputs", torch.equal(*outputs))
    for dtype in ("f16", "bf16"):
        variant = {"f16": "fp16", "bf16": "bf16"}[dtype]
        convert(folder, scratch / dtype, "--dtype", dtype, "--variant", variant)
        half = load(scratch / dtype, variant=variant, torch_dtype=TYPES[dtype])
        hold(f"{name}: other tensors as {dtype}", same(load(folder).to(TYPES[dtype]).state_dict(), half.state_dict()))
    if READS_SHARDS:
        size = str(max(1000, (scratch / "f32" / file).stat().st_size // 3))
        convert(folder, scratch / "shards", "--max-shard-bytes", size)
        hold(f"{name}: no shards", len(list((scratch / "shards").glob("*-of-*"))) > 1)
        hold(f"{name}: other tensors from shards", same(original.state_dict(), load(scratch / "shards").state_dict()))
        convert(folder, scratch / "shards", "--max-shard-bytes", size, "--variant", "fp16")
        variant = load(scratch / "shards", variant="fp16")
        hold(f"{name}: other tensors from a variant's shards", same(original.state_dict(), variant.state_dict()))
        # The index that is left over must not be preferred.
        convert(folder, scratch / "shards")
        hold(f"{name}: other tensors after shards", same(original.state_dict(), load(scratch / "shards").state_dict()))


def seeded(name, folder, scratch):
    """A seeded model loads and has the distributions of the real initialisers."""
    target = scratch / "seeded"
    command = [gates, "checkpoint", str(folder), str(target), "1", "--initialisation", "pytorch"]
    subprocess.run(command, check=True)
    if planted:
        plant(target)
    model, theirs = load(target), UNet1DModel.from_config(json.loads((target / "config.json").read_text()))
    ours = model.state_dict()
    hold(f"{name}: other names", ours.keys() == theirs.state_dict().keys())
    for key, fresh in theirs.state_dict().items():
        if fresh.numel() > 1 and fresh.unique().numel() == 1 or key.endswith(".kernel"):
            hold(f"{name}: {key} is not {fresh.flatten()[0]}", torch.equal(ours[key], fresh))
        elif fresh.numel() >= 2000:
            ratio = float(ours[key].std() / fresh.std())
            hold(f"{name}: {key} deviates {ratio} times as much", abs(ratio - 1) < 0.08)
            hold(f"{name}: {key} has another bound", abs(float(ours[key].abs().max() / fresh.abs().max()) - 1) < 0.02)


def main():
    cases = json.loads(Path(fixtures, "manifest.json").read_text())["cases"]
    count, other = 0, 0
    for case in cases:
        if case.get("expect") != "ok" or not case.get("io"):
            continue
        folder = Path(fixtures, case["dir"])
        with tempfile.TemporaryDirectory() as scratch:
            scratch = Path(scratch)
            try:
                load(folder)
            except Exception as error:
                # Published before the width was derived: what is saved says it, and loads.
                if not DERIVES_WIDTH or "time_proj.weight" not in str(error):
                    raise
                convert(folder, scratch / "f32")
                hold(f"{case['name']}: no time_embedding_dim", load(scratch / "f32").config.time_embedding_dim == 16)
                other += 1
                continue
            check(case["name"], folder, case, scratch)
            seeded(case["name"], folder, scratch)
            count += 1
    if count + other < 20:
        sys.exit("saving: too few models")
    print(f"saving: diffusers {diffusers.__version__}: {count} models as before, {other} that it did not load before")
    sys.exit(1 if failures else 0)


main()
