"""The notebook runs, the README's lines do, and every name that is exported is there."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

import unet1d
from conftest import ECG, ROOT

PYTHON = ROOT / "Sources/Python"
NOTEBOOK = PYTHON / "examples/ecg.ipynb"
#: Models that are not in the repository.
ABSENT = ("harmonai/", "bglick13/")


def test_notebook_runs(monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    # The notebook's kernel is another process.
    monkeypatch.setenv("PYTHONPATH", str(Path(unet1d.__file__).parents[1]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    shown = [out for cell in notebook.cells for out in cell.get("outputs", ()) if out.output_type == "execute_result"]
    assert sum("<svg" in out.data.get("text/html", "") for out in shown) == 4


def test_notebook_runs_as_a_script(monkeypatch):
    monkeypatch.setenv("UNET1D_ECG", str(ECG))
    names: dict[str, object] = {}
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        assert not cell.get("outputs")
        if cell["cell_type"] == "code":
            exec(compile(cell["source"], str(NOTEBOOK), "exec"), names)
    assert isinstance(names["filled"], unet1d.Signal)


def test_readme_runs(monkeypatch, tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (PYTHON / "README.md").read_text(), re.S)
    os.symlink(ROOT / "Profiles", tmp_path / "Profiles")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    ran = [exec(block, names) for block in blocks if not any(model in block for model in ABSENT)]
    assert len(ran) == 3
    assert np.load("ecg.npy").shape == (1, 1, 512)


@pytest.mark.parametrize("name", unet1d.__all__)
def test_exported_name_is_there_and_documented(name):
    if name in ("UNet1DModel", "from_diffusers", "from_lerobot"):
        pytest.importorskip("torch")
        pytest.importorskip("unet1d._torch")
    assert getattr(unet1d, name).__doc__
