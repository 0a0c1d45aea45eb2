"""``UNet1DModel``, which takes the place of diffusers' class of that name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .._errors import ArgumentError
from .._model import Model, from_tensors, load
from ._base import Accelerated
from ._engine import Engine, held
from ._mapped import mapped
from ._outputs import frozen, outputs, saved_by_pipelines
from ._skeleton import grow

#: Arguments of diffusers' from_pretrained that decide nothing here: only local files are read, each byte once, safely.
_IGNORED = {"use_safetensors", "low_cpu_mem_usage", "local_files_only", "token", "use_auth_token", "resume_download"}


class UNet1DModel(Accelerated):
    """A module that computes what diffusers' ``UNet1DModel`` does, on the CPU, in float32.

    >>> unet = unet1d.UNet1DModel.from_pretrained("harmonai/maestro-150k")
    >>> with torch.inference_mode():
    ...     output = unet(sample, timestep).sample

    Any number of threads may call it at once. A call with a new shape prepares a session, which allocates; up to
    ``sessions`` that nobody uses are kept.

    ``UNet1DModel(**config)`` has seeded random weights: PyTorch's initial distributions, but not diffusers' numbers.

    The output has a gradient by the sample. There is none by the weights: a backward that asks for one raises.

    :param seed: of random weights; None: from PyTorch's generator.
    :param sessions: how many sessions that nobody uses are kept, of all shapes together.
    :param weights: ``"checked"``: each call looks whether parameters have changed, and reads them anew if so. Looking
        takes a few tenths of a microsecond for each tensor, and nothing as long as nobody has asked for the parameters
        of a checkpoint. Writes that no tensor's version tells of, such as those to a part of ``parameter.data``, may go
        unseen: call :meth:`renew_weights` after them, before the next forward. ``"frozen"``: the weights are those of
        the making until :meth:`renew_weights`. Forwards then read a copy, which costs the memory of the weights once
        more.
    :param compute: ``threads``, ``accuracy``, ``precision``, ``isa``, ``numa`` as of :func:`unet1d.load`.
    """

    config_name = "config.json"
    main_input_name = "sample"

    def __init__(
        self,
        *,
        seed: int | None = None,
        threads: int | None = None,
        accuracy: str = "fast",
        precision: str = "f32",
        isa: str | None = None,
        numa: str = "auto",
        sessions: int = 8,
        weights: str = "checked",
        **config: Any,
    ) -> None:
        super().__init__()
        if seed is None:
            seed = int(torch.randint(1 << 62, ()))
        compute = {"threads": threads, "accuracy": accuracy, "precision": precision, "isa": isa, "numa": numa}
        model = from_tensors({**config, "_class_name": "UNet1DModel"}, seed=seed, **compute)  # type: ignore[arg-type]
        self._begin(model, sessions, weights, None)

    def _begin(self, model: Model, sessions: int, weights: str, config: Any) -> None:
        if model._is_policy:
            raise ArgumentError(
                f"UNet1DModel: found a {model.config['_class_name']}, expected a UNet1DModel; load it with "
                "unet1d.load, or its policy with LeRobot, and call unet1d.from_lerobot"
            )
        self.config = frozen(model.config) if config is None else config
        self._engine = Engine(model, sessions=sessions, weights=weights)
        self._output = outputs()
        if type(self) is UNet1DModel:
            saved_by_pipelines(self)
        #: Whether parameters are there; those of files are read when somebody asks for them.
        self._is_filled = self._is_filling = False
        self._requires_grad = True
        #: Stands for parameters that are still in the file where a gradient by them could be asked for.
        self._stand_in = torch.zeros((), requires_grad=True)
        self.up_blocks = nn.ModuleList(nn.Module() for _ in self.config["up_block_types"])

    @classmethod
    def _of(cls, model: Model, *, sessions: int = 8, weights: str = "checked", config: Any = None) -> UNet1DModel:
        module = cls.__new__(cls)
        nn.Module.__init__(module)
        module._begin(model, sessions, weights, config)
        return module

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | os.PathLike[str],
        *,
        subfolder: str | None = None,
        variant: str | None = None,
        revision: str | None = None,
        torch_dtype: torch.dtype | None = None,
        threads: int | None = None,
        accuracy: str = "fast",
        precision: str = "f32",
        isa: str | None = None,
        numa: str = "auto",
        sessions: int = 8,
        weights: str = "checked",
        output_loading_info: bool = False,
        **ignored: Any,
    ) -> Any:
        """Opens a checkpoint, as :func:`unet1d.load` does, and makes a module of it, in evaluation mode.

        The weights are in memory once, packed for the forward. ``parameters()`` and ``state_dict()`` give tensors that
        are read from the disk when they are used: the first of these calls writes the model to the folder for temporary
        files.
        """
        if torch_dtype not in (None, torch.float32):
            raise ArgumentError(
                f"torch_dtype: found {torch_dtype}, expected torch.float32, in which unet1d computes; leave it out, "
                'and choose the numbers that weights are held in with precision="f16-weights", "bf16-weights" or "bf16"'
            )
        unknown = sorted(set(ignored) - _IGNORED)
        if unknown:
            raise ArgumentError(f"from_pretrained: found arguments {', '.join(unknown)}, which it does not take")
        model = load(
            pretrained_model_name_or_path,
            subfolder=subfolder,
            variant=variant,
            revision=revision,
            threads=threads,
            accuracy=accuracy,
            precision=precision,
            isa=isa,
            numa=numa,
        )
        module = cls._of(model, sessions=sessions, weights=weights).eval()
        if output_loading_info:
            keys = ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")
            return module, {key: [] for key in keys}
        return module

    @classmethod
    def from_config(cls, config: Mapping[str, Any], **options: Any) -> UNet1DModel:
        """A model of a configuration with random weights, as the constructor makes it."""
        return cls(**{**{name: value for name, value in config.items() if not name.startswith("_")}, **options})

    @classmethod
    def load_config(cls, directory: str | os.PathLike[str], **_: Any) -> dict[str, Any]:
        """The fields in the ``config.json`` of a folder."""
        path = Path(directory) / cls.config_name
        try:
            fields = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise ArgumentError(f"{path}: {error}; give a folder that save_pretrained wrote") from error
        return dict(fields)

    def forward(self, sample: torch.Tensor, timestep: torch.Tensor | float | int, return_dict: bool = True) -> Any:
        """output = model(sample, timestep).

        :param sample: float32 (batch, channels, length).
        :param timestep: a number, or a tensor with one or with one for each element of the batch. A Python ``float`` is
            truncated towards zero, as in diffusers: give a fraction as a tensor.
        :returns: an output whose ``sample`` is (batch, channels, length), for value functions (batch, 1); a tuple with
            it unless ``return_dict``.
        :raises ShapeError: for a shape that diffusers would raise for.
        """
        output = self._compute(sample, timestep)
        return self._output(output) if return_dict else (output,)

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        is_main_process: bool = True,
        save_function: Any = None,
        safe_serialization: bool = True,
        variant: str | None = None,
        max_shard_size: int | str = "10GB",
        push_to_hub: bool = False,
        **_: Any,
    ) -> None:
        """Saves the weights as they are now, in float32, in the form that diffusers reads. Blocks on the disk."""
        self._save(save_directory, is_main_process, safe_serialization, variant, max_shard_size, push_to_hub)

    def save_config(self, save_directory: str | os.PathLike[str], **_: Any) -> None:
        """Writes ``config.json`` to a folder."""
        Path(save_directory).mkdir(parents=True, exist_ok=True)
        fields = json.dumps({**self._engine.model.config}, indent=2, sort_keys=True)
        (Path(save_directory) / self.config_name).write_text(fields + "\n")

    # Parameters of files are read late: whatever goes over them comes here first.

    def _fill(self) -> None:
        if self._is_filled:
            return
        with self._engine.lock:
            if not (self._is_filled or self._is_filling):
                self._adopt({name: self._made(name, tensor) for name, tensor in mapped(self._engine.model).items()})

    def _made(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        """As diffusers makes it: resamplers' kernels are buffers, and the Fourier frequencies are not trained."""
        if name.endswith(".kernel"):
            return tensor
        return nn.Parameter(tensor, self._requires_grad and not name.startswith("time_proj."))

    def _adopt(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Takes tensors as parameters and buffers, and watches them."""
        self._is_filling = True
        blocks = self._modules.pop("up_blocks")
        grow(self, tensors)
        if "up_blocks" not in self._modules:
            self.add_module("up_blocks", blocks)
        self._engine.watch(self)
        self._is_filled = True

    def _has_parameters(self) -> bool:
        return self._is_filled

    def _gate(self) -> torch.Tensor | None:
        """As when the parameters are there, without reading them: whether somebody has looked decides nothing."""
        if self._is_filled:
            return super()._gate()
        return self._stand_in if self._requires_grad else None

    def named_modules(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        self._fill()
        yield from super().named_modules(*arguments, **options)

    def named_children(self) -> Iterator[Any]:
        self._fill()
        yield from super().named_children()

    def state_dict(self, *arguments: Any, **options: Any) -> Any:
        self._fill()
        return super().state_dict(*arguments, **options)

    def load_state_dict(self, *arguments: Any, **options: Any) -> Any:
        self._fill()
        return super().load_state_dict(*arguments, **options)

    def train(self, mode: bool = True) -> Any:
        """Nothing in the model depends on the mode."""
        if self._is_filled:
            return super().train(mode)
        self.training = mode
        return self

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        self._requires_grad = requires_grad
        return super().requires_grad_(requires_grad) if self._is_filled else self

    def __getattr__(self, name: str) -> Any:
        """Modules, parameters, and the fields of the configuration."""
        own = self.__dict__
        if name in _BLOCKS and not own.get("_is_filled", True) and name not in own["_modules"]:
            self._fill()
        if "config" in own and name not in own["_modules"] and not name.startswith("_") and name in own["config"]:
            return own["config"][name]
        return super().__getattr__(name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles: by the checkpoint's path, or by the tensors where somebody asked for them."""
        engine = self._engine
        options = {"sessions": engine.limit, "weights": engine.weights_policy, "config": self.config}
        if not self._is_filled and engine.model._source is not None:
            return _reopened, (engine.model, options, self.training, self._requires_grad)
        return _rebuilt, (
            dict(engine.model.config),
            dict(engine.model._compute),
            dict(self.state_dict(keep_vars=True)),
            options,
            self.training,
        )


#: The children that a model has once its parameters are there.
_BLOCKS = {"time_proj", "time_mlp", "down_blocks", "mid_block", "up_blocks", "out_block"}


def _reopened(model: Model, options: dict[str, Any], training: bool, requires_grad: bool) -> UNet1DModel:
    module = UNet1DModel._of(model, **options).requires_grad_(requires_grad)
    return module.train(training)  # type: ignore[no-any-return]


def _rebuilt(
    config: dict[str, Any],
    compute: dict[str, Any],
    tensors: Mapping[str, torch.Tensor],
    options: dict[str, Any],
    training: bool,
) -> UNet1DModel:
    module = UNet1DModel._of(from_tensors(config, held(tensors, options["weights"]), **compute), **options)
    module._adopt(tensors)
    return module.train(training)  # type: ignore[no-any-return]
