"""The rewritten network computes what it did before; only where PyTorch and diffusers are installed."""
from __future__ import annotations

import importlib.util
import json
import unittest

from support import FIXTURES, PROFILES

from peers import networks
from peers.onnx_rewrite import rewrite


@unittest.skipUnless(importlib.util.find_spec("torch") and importlib.util.find_spec("diffusers"), "needs the peers")
class Rewriting(unittest.TestCase):
    def test_outputs_stay(self) -> None:
        import torch
        from diffusers import UNet1DModel

        torch.set_grad_enabled(False)
        torch.manual_seed(1)
        for name in ("small-512-b1", "hopper-h32-b1", "value-h32-b1"):
            model = UNet1DModel(**json.loads((PROFILES / f"{name}.json").read_text())["configuration"]).eval()
            sample = torch.randn(1, networks.sample_channels(model), 32)
            expected = model(sample, torch.full((1,), 0.5), return_dict=False)[0]
            rewrite(model)
            for _ in range(2):
                actual = model(sample, torch.full((1,), 0.5), return_dict=False)[0]
                with self.subTest(name):
                    self.assertLess((actual - expected).abs().max().item(), 1e-5)

    def test_outputs_of_a_policy_stay(self) -> None:
        import torch

        torch.set_grad_enabled(False)
        folder = FIXTURES / "policies/three_levels"
        network, inputs = networks.load(folder), networks.read_inputs(folder / "io.safetensors")
        expected = network(*inputs.values())
        rewrite(network)
        self.assertNotIn(torch.nn.Mish, {type(module) for module in network.modules()})
        torch.testing.assert_close(network(*inputs.values()), expected, rtol=0, atol=1e-5)

    def test_mish_far_out(self) -> None:
        import torch

        module = torch.nn.Sequential(torch.nn.Mish())
        x = torch.tensor([-200.0, -30, -5, -1e-3, 0, 1e-3, 5, 19.9, 20.1, 200])
        expected = torch.nn.functional.mish(x.double()).float()
        rewrite(module)
        self.assertNotIsInstance(module[0], torch.nn.Mish)
        torch.testing.assert_close(module(x), expected, rtol=2e-6, atol=1e-9)


if __name__ == "__main__":
    unittest.main()
