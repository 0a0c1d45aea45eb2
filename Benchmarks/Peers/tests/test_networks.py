"""Both families of networks: which is which, and, where PyTorch and diffusers are installed, what they compute."""
from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from support import FIXTURES, FOLDER, PROFILES

from peers import networks
from peers.workloads import read_workload, select_workloads

HAS_PEERS = importlib.util.find_spec("torch") and importlib.util.find_spec("diffusers")
POLICIES = FIXTURES / "policies"


class Families(unittest.TestCase):
    def test_policies_are_conditional(self) -> None:
        for workload in select_workloads(PROFILES, ["*"]):
            with self.subTest(workload.name):
                self.assertEqual(networks.is_conditional(workload.configuration), workload.name.startswith("policy-"))

    def test_the_process_that_measures_does_without_pytorch(self) -> None:
        code = "import sys, peers.__main__; print({'torch', 'diffusers', 'numpy'} & set(sys.modules))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=FOLDER.parent, text=True, capture_output=True, check=True)
        self.assertEqual(done.stdout.strip(), "set()")


@unittest.skipUnless(HAS_PEERS, "needs the peers")
class Policies(unittest.TestCase):
    def setUp(self) -> None:
        import torch

        torch.set_grad_enabled(False)

    def test_outputs_are_the_fixtures(self) -> None:
        from safetensors.torch import load_file

        cases = json.loads((POLICIES / "manifest.json").read_text())["cases"]
        checked = 0
        for case in cases:
            folder = POLICIES / case["dir"]
            file = folder / networks.CONFIGURATION
            configuration = json.loads(file.read_text()) if file.exists() else {}
            if not networks.is_conditional(configuration):
                continue
            inputs = networks.read_inputs(folder / case["io"], networks.FIXTURE_INPUTS)
            inputs["timestep"] = inputs["timestep"].reshape(-1)
            output = networks.load(folder)(**inputs)
            error = (output - load_file(folder / case["io"])["expected"]).abs().max().item()
            with self.subTest(case["name"]):
                self.assertLess(error, case["suggested_atol"])
            checked += 1
        self.assertGreater(checked, 20)

    def test_a_network_is_made_loaded_and_fed(self) -> None:
        import torch

        profile = read_workload(PROFILES / "policy-lowdim-b1.json")
        workload = replace(profile, batch=3, configuration={**profile.configuration, "down_dims": [16, 32]})
        with tempfile.TemporaryDirectory() as folder:
            networks.save_new(workload.configuration, Path(folder, "new"))
            network = networks.load(Path(folder, "new"))
        inputs = networks.draw_inputs(network, workload)
        self.assertEqual(
            {name: list(tensor.shape) for name, tensor in inputs.items()},
            {"sample": [3, 16, 2], "timestep": [1], "global_cond": [3, 40]})
        self.assertEqual(tuple(inputs), networks.INPUTS)
        output = network(*inputs.values())
        self.assertEqual(list(output.shape), [3, 16, 2])
        torch.testing.assert_close(networks.draw_inputs(network, workload), inputs)
        narrow = networks.in_bfloat16(network)(*inputs.values())
        self.assertEqual(narrow.dtype, torch.float32)
        self.assertFalse(torch.equal(narrow, output))
        torch.testing.assert_close(narrow, output, rtol=0, atol=5e-2 * max(1, output.abs().max().item()))

    def test_workloads_have_no_local_condition(self) -> None:
        workload = read_workload(PROFILES / "policy-lowdim-b1.json")
        with self.assertRaisesRegex(ValueError, "local_cond_dim"):
            networks.draw_inputs(networks.load(POLICIES / "two_levels_local"), workload)


@unittest.skipUnless(HAS_PEERS, "needs the peers")
class Planners(unittest.TestCase):
    def test_bf16(self) -> None:
        import torch
        from diffusers import UNet1DModel

        torch.set_grad_enabled(False)
        torch.manual_seed(0)
        workload = read_workload(PROFILES / "hopper-h32-b1.json")
        network = networks.output_of(UNet1DModel(**workload.configuration).eval())
        inputs = networks.draw_inputs(network, workload)
        output = network(*inputs.values())
        narrow = networks.in_bfloat16(network)(*inputs.values())
        torch.testing.assert_close(narrow, output, rtol=0, atol=5e-2 * max(1, output.abs().max().item()))


if __name__ == "__main__":
    unittest.main()
