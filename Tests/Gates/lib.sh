# Sourced by every gate. A gate ends with 0 if its promise is kept and every planted fault is caught, with 1 if not, and with 2 if
# it could not be run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
gate=$(basename "$0")
visible=$root/Tests/Fixtures/visible
configuration=release
# Of the command alone: `.ci/run` takes the build that its tests use, as an optimised one takes long.
command_configuration=${UNET1D_COMMAND_CONFIGURATION:-release}

# At the end the folder is removed and the processes are ended.
scratch=$(mktemp -d)
background=()
trap 'kill -KILL "${background[@]}" 2>/dev/null || true; rm -rf "$scratch"' EXIT

# The promise is broken.
fail() {
    echo "$gate: $*" >&2
    exit 1
}

# The gate cannot be run.
cannot() {
    echo "$gate: $*" >&2
    exit 2
}

# The machine cannot show whether the promise is kept.
skip() {
    echo "$gate: skipped: $*"
    exit 0
}

# Workers that spin forever want a core each.
several_cores() { [ "$(nproc)" -gt 1 ]; }

# The configuration that product $1 is built in.
configuration_of() { if [ "$1" = unet1d-bench ]; then echo "$command_configuration"; else echo "$configuration"; fi; }

# Builds products of this package; names the folder $binaries, and $gates and $bench.
build() {
    local product
    for product in "$@"; do swift build -c "$(configuration_of "$product")" --product "$product" >&2; done
    binaries=$(swift build -c "$configuration" --show-bin-path)
    gates=$binaries/unet1d-gates
    bench=$(swift build -c "$command_configuration" --show-bin-path)/unet1d-bench
}

# Builds a library that counts heap calls, for LD_PRELOAD.
build_heap_counter() {
    heap_counter=$scratch/libheapcount.so
    clang -std=c17 -Wall -Wextra -Werror -O2 -fPIC -shared -o "$heap_counter" Tests/Gates/heapcount/heapcount.c
}

# Names $python, which has PyTorch and diffusers: the one of UNET1D_PEERS_PYTHON, or one in a temporary folder, pinned as for the peers.
reference_python() {
    python=${UNET1D_PEERS_PYTHON:-}
    if [ -n "$python" ]; then return; fi
    Tests/Gates/packages python3 python3-venv
    grep -E '^(torch|diffusers|huggingface_hub|accelerate|safetensors|numpy)[=<]' Benchmarks/Peers/requirements.txt \
        >"$scratch/requirements.txt"
    python3 -m venv "$scratch/venv"
    python=$scratch/venv/bin/python
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$scratch/requirements.txt" \
        --extra-index-url https://download.pytorch.org/whl/cpu >&2
}

# Compares fixture $1 with its expected output, with the flags that follow, under the command "${under[@]}".
under=()
verify() { "${under[@]}" "$bench" verify --model "$visible/$1" --tensors "$visible/$1/io.safetensors" "${@:2}"; }

# must_end STATUS PATTERN COMMAND…: the command ends with the status, or with any but 0 (`nonzero`), and its output has the pattern in
# it, whose * stands for any text.
must_end() {
    local wanted=$1 pattern=$2 status=0
    shift 2
    output=$("$@" 2>&1) || status=$?
    if [ "$status" != "$wanted" ] && { [ "$wanted" != nonzero ] || [ "$status" = 0 ]; }; then
        fail "${fault-}status $status instead of $wanted: $*: $output"
    fi
    # shellcheck disable=SC2053
    [[ $output == *$pattern* ]] || fail "${fault-}no \"$pattern\" in the output of $*: $output"
}

# caught NAME STATUS PATTERN COMMAND…: proves that the gate can be red. The command has a planted fault in it, and must end so.
caught() {
    local fault="not caught: $1: "
    must_end "${@:2}"
    echo "$gate: caught: $1"
}
