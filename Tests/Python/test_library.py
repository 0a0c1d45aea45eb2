"""The ctypes declarations are those of unet1d.h."""

from __future__ import annotations

import ctypes
import re

import pytest

from conftest import ROOT
from unet1d import _errors
from unet1d import _library as c

ABI = (ROOT / "Tests/Embedding/C/abi.txt").read_text().splitlines()
HEADER = (ROOT / "Sources/CUNet1D/include/unet1d.h").read_text()

#: Structs of the header by their names here, but for those whose names follow from the header's.
STRUCTS = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): struct
    for name, struct in vars(c).items()
    if isinstance(struct, type) and issubclass(struct, ctypes.Structure) and hasattr(struct, "_fields_")
}
NUMBERS = {
    **{f"DTYPE_{name.upper()}": number for name, number in c.DTYPES.items()},
    **{f"ISA_{name.upper()}": number for name, number in c.ISAS.items() if name},
    **{f"ACCURACY_{name.upper()}": number for name, number in c.ACCURACIES.items()},
    **{f"PRECISION_{name.upper().replace('-', '_')}": number for name, number in c.PRECISIONS.items()},
    **{f"NUMA_{name.upper()}": number for name, number in c.NUMA.items()},
    **{
        name: getattr(c, name)
        for name in vars(c)
        if re.match(r"(TIMESTEP|NOISE|HELD|PLANNER)_[A-Z_0-9]+$", name) and isinstance(getattr(c, name), int)
    },
}


def listed_structs() -> dict[str, tuple[int, list[tuple[str, int, int]]]]:
    """Sizes of structs, and their fields with offsets and sizes, as abi.txt has them."""
    structs: dict[str, tuple[int, list[tuple[str, int, int]]]] = {}
    fields: list[tuple[str, int, int]] = []
    for line in ABI:
        if found := re.match(r"struct unet1d_(\w+): size (\d+)", line):
            fields = []
            structs[found[1]] = int(found[2]), fields
        elif found := re.match(r"  (\w+): offset (\d+), size (\d+)", line):
            fields.append((found[1], int(found[2]), int(found[3])))
    return structs


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_struct_is_laid_out_as_the_header_says(name):
    structs = listed_structs()
    assert name in structs, f"abi.txt does not list unet1d_{name}"
    size, fields = structs[name]
    struct = STRUCTS[name]
    assert ctypes.sizeof(struct) == size
    assert [(f[0], getattr(struct, f[0]).offset, getattr(struct, f[0]).size) for f in struct._fields_] == fields


def test_no_struct_is_missing():
    assert set(listed_structs()) <= set(STRUCTS)


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_number_is_the_headers(name):
    found = re.search(rf"\bUNET1D_{name} = (\d+)", HEADER)
    assert found, f"unet1d.h has no UNET1D_{name}"
    assert NUMBERS[name] == int(found[1])
    for line in ABI:
        if line.startswith(f"UNET1D_{name} = "):
            assert line == f"UNET1D_{name} = {NUMBERS[name]}"


def test_every_status_has_an_exception():
    enum = re.search(r"typedef enum unet1d_status \{(.*?)\}", HEADER, re.S)
    assert enum
    statuses = {int(number) for number in re.findall(r"UNET1D_\w+ = (\d+)", enum[1])}
    assert statuses - {0} == set(_errors.KINDS)


def declared_functions() -> dict[str, int]:
    """The functions of the header that return a status, with the number of their arguments."""
    text = re.sub(r"//[^\n]*", "", HEADER)
    found = re.findall(r"\bunet1d_status unet1d_(\w+)\(([^()]*)\)", text)
    return {name: arguments.count(",") + 1 for name, arguments in found}


@pytest.mark.parametrize("name", sorted(c.FUNCTIONS))
def test_function_takes_as_many_arguments(name):
    functions = declared_functions()
    assert name in functions, f"unet1d.h has no unet1d_{name}"
    assert len(c.FUNCTIONS[name]) == functions[name]


def test_functions_that_are_missing_are_known():
    assert set(declared_functions()) - set(c.FUNCTIONS) == {"model_open"}
