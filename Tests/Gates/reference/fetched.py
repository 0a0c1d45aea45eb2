#!/usr/bin/env python3
"""A model that the command downloaded, found by the real huggingface_hub and diffusers without a network; and the cache as the real
huggingface_hub fills it from the same hub, which this script plays on the loopback interface.

    fetched.py BENCH FIXTURES SCRATCH [--plant]

BENCH is unet1d-bench, FIXTURES a folder of model folders, SCRATCH an empty folder. `--plant` changes a byte that was fetched, and must
fail.
"""
import os
import subprocess
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
import diffusers  # noqa: E402
import torch  # noqa: E402
from diffusers import DanceDiffusionPipeline, DiffusionPipeline, IPNDMScheduler, UNet1DModel  # noqa: E402
from hub import COMMIT, Hub  # noqa: E402
from huggingface_hub import hf_hub_download, snapshot_download  # noqa: E402

diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
REPOSITORY = "someone/planner"
WEIGHTS = "diffusion_pytorch_model.safetensors"
MODEL = ["model_index.json", "scheduler/scheduler_config.json", "unet/config.json", f"unet/{WEIGHTS}"]
VALUE = ["value_function/config.json", f"value_function/{WEIGHTS}"]

bench, fixtures, scratch = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
planted = sys.argv[4:] == ["--plant"]
failures = []


def hold(what, truth):
    if not truth:
        failures.append(what)
        print(f"fetch: {what}", file=sys.stderr)


def command(*words, home, endpoint="http://127.0.0.1:1", shell=(), **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    environment |= {"HF_HOME": str(scratch / home), "HF_ENDPOINT": endpoint} | variables
    return subprocess.run([*shell, bench, *words], env=environment, capture_output=True, text=True, timeout=120)


def fetch(*flags, **arguments):
    return command("fetch", REPOSITORY, *flags, **arguments)


def fails(what, mention, result):
    """A status of its own, one line, nothing on standard output."""
    lines = result.stderr.splitlines()
    good = result.returncode == 2 and not result.stdout and len(lines) == 1 and lines[0].startswith("error: ")
    hold(f"{what}: {result}", good and mention in lines[0])


def tree(folder):
    """What lies in a repository's folder: where links lead, what files hold."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def cache(home):
    return scratch / home / "hub"


def repository(home):
    return cache(home) / "models--someone--planner"


def prepare():
    """A pipeline and a value function, as diffusers writes them."""
    folder = scratch / "repository"
    unet = UNet1DModel.from_pretrained(str(fixtures / "dance5_small"))
    DanceDiffusionPipeline(unet=unet, scheduler=IPNDMScheduler()).save_pretrained(str(folder))
    UNet1DModel.from_pretrained(str(fixtures / "value_small")).save_pretrained(str(folder / "value_function"))
    (folder / "README.md").write_text("A planner.\n")
    return folder


def same(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def like_the_real_one(hub, source):
    """Two fetches make what one download of the real library makes, and both find it."""
    (scratch / "ours").mkdir()
    (scratch / "ours/token").write_text("hf_file\n")
    first, second = fetch(home="ours", endpoint=hub.url), fetch("--subfolder", "value_function", home="ours", endpoint=hub.url)
    snapshot = f"{repository('ours')}/snapshots/{COMMIT}\n"
    hold(f"the snapshot's folder: {first}, {second}", first.stdout == snapshot and second.stdout == snapshot)
    hold("the token was not sent", {request.token for request in hub.requests} == {"Bearer hf_file"})
    hold("the token left the hub", {request.token for request in hub.storage_requests} == {None})
    if planted:
        file = repository("ours") / f"snapshots/{COMMIT}/unet/{WEIGHTS}"
        data = bytearray(file.read_bytes())
        data[-1] ^= 0x40
        file.write_bytes(data)
    snapshot_download(
        REPOSITORY, cache_dir=cache("theirs"), endpoint=hub.url, token=False, allow_patterns=MODEL + VALUE)
    ours, theirs = tree(repository("ours")), tree(repository("theirs"))
    differing = [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)]
    hold(f"another cache than the real library's: {differing}", not differing)

    found = snapshot_download(REPOSITORY, cache_dir=cache("ours"), local_files_only=True)
    hold(f"the real library finds {found}", found + "\n" == snapshot)
    for name in MODEL + VALUE:
        file = hf_hub_download(REPOSITORY, name, cache_dir=cache("ours"), local_files_only=True)
        hold(f"{name}: another content", Path(file).read_bytes() == (source / name).read_bytes())
    arguments = {"cache_dir": str(cache("ours")), "local_files_only": True}
    pipeline = DiffusionPipeline.from_pretrained(REPOSITORY, **arguments)
    hold("another pipeline", same(pipeline.unet, UNet1DModel.from_pretrained(str(source / "unet"))))
    value = UNet1DModel.from_pretrained(REPOSITORY, subfolder="value_function", **arguments)
    hold("another value function", same(value, UNet1DModel.from_pretrained(str(source / "value_function"))))
    for flags in ([], ["--subfolder", "value_function"]):
        inspection = command("inspect", REPOSITORY, *flags, home="ours")
        hold(f"the command does not find it: {inspection}", inspection.returncode == 0)
        offline = fetch(*flags, home="ours", HF_HUB_OFFLINE="1")
        hold(f"offline it is not found: {offline}", offline.stdout == snapshot)


def cut(hub):
    """What the command began, the real library ends."""
    hub.cut, hub.silent = 1000, True
    limit = fetch(home="killed", endpoint=hub.url, shell=("timeout", "-s", "KILL", "2"))
    hub.cut, hub.silent = None, False
    parts = list((repository("killed") / "blobs").glob("*.incomplete"))
    hold(f"not a beginning: {limit}", [part.stat().st_size for part in parts] == [1000])
    del hub.storage_requests[:]
    hf_hub_download(REPOSITORY, f"unet/{WEIGHTS}", cache_dir=cache("killed"), endpoint=hub.url, token=False)
    hold("the real library began anew", [request.range for request in hub.storage_requests] == ["bytes=1000-"])


def refusals(hub):
    fails("no such repository", "no such public repository", command("fetch", "a/b", home="none", endpoint=hub.url))
    fails("no such revision", "no revision", fetch("--revision", "v9", home="none", endpoint=hub.url))
    fails("no such folder", "unet", fetch("--subfolder", "vae", home="none", endpoint=hub.url))
    fails("no such variant", "no weights", fetch("--variant", "fp16", home="none", endpoint=hub.url))
    fails("no name", "OWNER/NAME", command("fetch", "../b", home="none", endpoint=hub.url))
    fails("offline", "HF_HUB_OFFLINE", fetch(home="none", endpoint=hub.url, HF_HUB_OFFLINE="1"))
    fails("no hub", "refuses connections", fetch(home="none"))
    hold("a refused fetch left something", not (scratch / "none").exists())
    # Blocks of 1024 bytes: a file that may not grow stands for a full disk.
    limited = ("bash", "-c", 'ulimit -f 4; exec "$0" "$@"')
    fails("a file that may not grow", "cannot be written", fetch(home="limited", endpoint=hub.url, shell=limited))
    hold("a part was taken for the whole", not list(repository("limited").glob(f"snapshots/*/unet/{WEIGHTS}")))
    if (scratch / "tiny").exists():
        full = fetch(home="tiny", endpoint=hub.url)
        fails("a disk without room", "the disk has room for", full)


def encrypted(source):
    certificate = scratch / "certificate.pem"
    with Hub(source, REPOSITORY, certificate=certificate) as hub:
        fails("a certificate of nobody", "not trusted", fetch(home="tls", endpoint=hub.url))
        trusting = fetch(home="tls", endpoint=hub.url, SSL_CERT_FILE=str(certificate))
        hold(f"HTTPS: {trusting}", trusting.returncode == 0)


def main():
    source = prepare()
    with Hub(source, REPOSITORY) as hub:
        like_the_real_one(hub, source)
        if not planted:
            cut(hub)
            refusals(hub)
    if not planted:
        encrypted(source)
    if not failures:
        print("fetch: the real huggingface_hub finds what was fetched, and makes the same cache")
    sys.exit(1 if failures else 0)


main()
