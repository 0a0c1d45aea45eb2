"""Models: opened from a checkpoint, or made of tensors in memory."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _library as c
from ._arrays import address
from ._errors import ArgumentError
from ._handles import Handle
from ._library import library
from ._numbers import whole
from ._session import GradientSession, Session
from ._shapes import Plan, ShapeLike, checked, listed, parsed

if TYPE_CHECKING:
    from ._noise import Noise
    from ._sampling import Sampler
    from ._scheduler import SchedulerLike


def load(
    what: str | os.PathLike[str],
    *,
    threads: int | None = None,
    accuracy: str = "fast",
    precision: str = "f32",
    isa: str | None = None,
    numa: str = "auto",
    variant: str | None = None,
    revision: str | None = None,
    subfolder: str | None = None,
    config: str | os.PathLike[str] | None = None,
    share_weights: bool | str | os.PathLike[str] = False,
) -> Model:
    """Opens a checkpoint.

    >>> model = unet1d.load("harmonai/maestro-150k")
    >>> session = model.session((1, 65536))
    >>> output = session(sample, timestep)

    Checks every tensor's name and shape. The weights are read when a session first needs them. Blocks on the disk.

    :param what: a folder that ``save_pretrained`` wrote, a pipeline's folder, a repository in the local cache of the
        Hugging Face hub by name, a robot policy's folder, or a file of weights.
    :param threads: workers, the caller of a forward included; None: one for each physical core that this process may
        use. They decide no bits.
    :param accuracy: ``"fast"``, or ``"strict"``, whose convolutions round as the direct form does.
    :param precision: ``"f32"``, ``"f16-weights"``, ``"bf16-weights"`` or ``"bf16"``.
    :param isa: ``"avx512"``, ``"avx2"`` or ``"generic"``; None: the widest that the machine has.
    :param numa: ``"auto"``, ``"off"``, ``"interleave"`` or ``"replicate"``.
    :param variant: which of several weights, for instance ``"fp16"``.
    :param revision: a branch, a tag or a commit of a repository in the cache.
    :param subfolder: the folder of the model within what is named; None: ``unet``, then the folder itself.
    :param config: the configuration of a file of weights; None: the ``config.json`` beside it.
    :param share_weights: True: processes of this machine, user and library share packed weights in
        ``/dev/shm/unet1d-UID``; or another folder, of this user's alone. Decides no bits. Where they cannot be shared,
        :attr:`Model.notes` says why.
    :raises CheckpointError: for what cannot be opened or would not run, with the remedy.
    :raises OutOfMemoryError: for a folder that is not safe to share weights in.
    """
    path = os.fspath(what)
    shared = "" if share_weights is True else share_weights
    lookup = {"variant": variant, "revision": revision, "subfolder": subfolder}
    options = c.OpenOptions(
        **{name: value.encode() for name, value in lookup.items() if value is not None},
        **({} if config is None else {"configuration": os.fsencode(config)}),
        **({} if shared is False else {"shared_weights": os.fsencode(shared)}),
    )
    handle = Handle("model_free", "model_open_as", os.fsencode(path), ctypes.byref(options))
    compute = {"threads": threads, "accuracy": accuracy, "precision": precision, "isa": isa, "numa": numa}
    return Model(
        handle, compute, source=(path, {**compute, **lookup, "config": config, "share_weights": share_weights})
    )


def from_tensors(
    config: Mapping[str, Any] | str,
    tensors: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    threads: int | None = None,
    accuracy: str = "fast",
    precision: str = "f32",
    isa: str | None = None,
    numa: str = "auto",
) -> Model:
    """A model of a configuration and of tensors in memory, or of seeded random weights.

    The tensors' memory is read when a session first needs it, without a copy: change nothing in it while the model
    lives.

    :param config: the fields of a ``config.json``, or its text.
    :param tensors: arrays by their parameters' names; None: PyTorch's initial distributions with ``seed``.
    :raises CheckpointError: for a tensor that is missing, has another shape, or is not of the network.
    """
    compute = {"threads": threads, "accuracy": accuracy, "precision": precision, "isa": isa, "numa": numa}
    if tensors is None:
        text = config if isinstance(config, str) else json.dumps(dict(config), default=list)
        return Model(Handle("model_free", "model_create_seeded", text.encode(), whole(seed, "seed", 0, 64)), compute)
    return remade(config, tensors, compute)


def remade(
    config: Mapping[str, Any] | str, tensors: Mapping[str, Any], compute: Mapping[str, Any], pool: Handle | None = None
) -> Model:
    """A model of tensors in memory, as :func:`from_tensors` makes it, with the workers of another."""
    text = config if isinstance(config, str) else json.dumps(dict(config), default=list)
    table, kept = _tensors(tensors)
    handle = Handle("model_free", "model_create", text.encode(), table, len(tensors))
    return Model(handle, compute, kept=kept, pool=pool)


#: Types of PyTorch, by name, and of NumPy that the library reads as they are.
_DTYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16", "float64": "f64"}


def _tensors(tensors: Mapping[str, Any]) -> tuple[ctypes.Array[c.Tensor], list[Any]]:
    """The library's table of tensors, and what must stay alive."""
    table = (c.Tensor * max(1, len(tensors)))()
    kept: list[Any] = []
    for entry, (name, tensor) in zip(table, tensors.items()):
        if hasattr(tensor, "data_ptr"):
            tensor = tensor.detach().cpu().contiguous()
            dtype = str(tensor.dtype).removeprefix("torch.")
            data = tensor.data_ptr()
        else:
            tensor = np.ascontiguousarray(tensor)
            dtype, data = str(tensor.dtype), address(tensor)
        if dtype not in _DTYPES:
            raise ArgumentError(f"{name}: found type {dtype}, expected {', '.join(_DTYPES)}")
        shape = (ctypes.c_int64 * max(1, len(tensor.shape)))(*tensor.shape)
        entry.name, entry.data, entry.rank = name.encode(), data, len(tensor.shape)
        entry.shape, entry.dtype = shape, c.DTYPES[_DTYPES[dtype]]
        kept += [tensor, shape]
    return table, kept


class Model:
    """Configuration and weights. Immutable; sessions in any threads share it.

    Made by :func:`load` and :func:`from_tensors`. A model of :func:`load` is pickled by its path.
    """

    def __init__(
        self,
        handle: Handle,
        compute: Mapping[str, Any],
        *,
        source: tuple[str, dict[str, Any]] | None = None,
        kept: list[Any] | None = None,
        pool: Handle | None = None,
    ) -> None:
        self._handle = handle
        self._source = source
        self._kept = kept
        self._options = c.SessionOptions(
            isa=_choice("isa", compute["isa"], c.ISAS),
            accuracy=_choice("accuracy", compute["accuracy"], c.ACCURACIES),
            precision=_choice("precision", compute["precision"], c.PRECISIONS),
            numa=_choice("numa", compute["numa"], c.NUMA),
        )
        self._compute = dict(compute)
        threads = compute["threads"]
        if threads is not None:
            threads = whole(threads, "threads", 1)
        options = c.PoolOptions(workers=threads or 0)
        self._pool = Handle("pool_free", "pool_create", ctypes.byref(options)) if pool is None else pool
        #: The fields of ``config.json``, defaults filled in.
        self.config: dict[str, Any] = json.loads(library.text("model_configuration", self._value))
        self._is_policy = self.config.get("_class_name") == "ConditionalUnet1D"

    @property
    def _value(self) -> int | None:
        return self._handle.value

    @property
    def threads(self) -> int:
        """Workers, the caller of a forward included."""
        workers = ctypes.c_uint32()
        library.check(library.pool_workers(self._pool.value, ctypes.byref(workers)))
        return workers.value

    @property
    def notes(self) -> list[str]:
        """What was ignored or odd in the files, and why packed weights are not shared though they were to be."""
        return library.text("model_notes", self._handle.value).splitlines()

    def plan(self, shape: ShapeLike) -> Plan:
        """Plans a forward. Makes no memory for it and reads no weights.

        :param shape: ``(batch, length)``, the shape of a sample, or a :class:`Shape`.
        :raises ShapeError: for a shape that the reference would raise for.
        """
        return self._planned("model_plan", shape)

    def session(self, shapes: ShapeLike | Iterable[ShapeLike]) -> Session:
        """Prepares forwards of one shape or several: memory, packed weights, bound operations.

        Allocates; blocks on the disk. A session computes for one thread at a time; make one for each thread.
        """
        return Session(self, [self.plan(shape) for shape in listed(shapes)])

    def gradient_session(self, shapes: ShapeLike | Iterable[ShapeLike]) -> GradientSession:
        """Prepares outputs together with their gradients by the sample."""
        return GradientSession(self, [self._planned("gradient_plan", shape) for shape in listed(shapes)])

    def sampler(
        self,
        shape: ShapeLike,
        scheduler: SchedulerLike = None,
        steps: int = 50,
        *,
        noise: Noise | None = None,
        timestep_scale: float = 1.0,
        whole_forward_every: int = 1,
        short_levels: int = 0,
    ) -> Sampler:
        """Prepares denoising loops of one shape.

        >>> sampler = model.sampler((1, 512), steps=50)
        >>> signal = sampler()

        Allocates; blocks on the disk. A sampler runs loops for one thread at a time.

        :param scheduler: one of diffusers' classes by name, such as ``"DDIMScheduler"``, read with the options of the
            model's folder; a path; a :class:`Scheduler`; None: that of the model's folder.
        :param steps: 1 to 100,000.
        :param noise: the noise that loops draw; None: Philox with the seed 0.
        :param timestep_scale: by what the scheduler's timesteps are multiplied for the model: 0.001 where a model whose
            time is 0 to 1 runs under a scheduler that counts 1000 timesteps.
        :param whole_forward_every: how many forwards make a round of which the first is whole and the others are short,
            which takes ``short_levels``. Short forwards decide bits.
        :param short_levels: the outer levels of the model that short forwards compute; 0: all forwards are whole.
        :raises SchedulerError: for a scheduler that cannot be read, or steps that it cannot take.
        """
        from ._sampling import Sampler

        return Sampler(self, shape, scheduler, steps, noise, timestep_scale, whole_forward_every, short_levels)

    def _planned(self, function: str, shape: ShapeLike) -> Plan:
        asked, sample = parsed(shape, self._is_policy)
        info = c.PlanInfo()
        wanted = c.Shape(*asked)
        library.check(
            getattr(library, function)(
                self._value, ctypes.byref(wanted), ctypes.byref(self._options), ctypes.byref(info)
            )
        )
        return checked(Plan.of(info), sample)

    def save(
        self,
        directory: str | os.PathLike[str],
        *,
        dtype: str = "f32",
        max_shard_bytes: int = 0,
        variant: str | None = None,
    ) -> dict[str, int]:
        """Saves the model in the form that diffusers reads: ``config.json`` and safetensors. Each file appears whole.

        :param dtype: ``"f32"``, ``"f16"`` or ``"bf16"``.
        :returns: how many ``files`` and ``bytes`` were written, and ``overflows``, the finite numbers that became
            infinite.
        """
        options = c.SaveOptions(
            dtype=_choice("dtype", dtype, {name: c.DTYPES[name] for name in ("f32", "f16", "bf16")}),
            max_shard_bytes=max_shard_bytes,
            **({} if variant is None else {"variant": variant.encode()}),
        )
        saved = c.Saved()
        library.check(
            library.model_save(self._value, os.fsencode(directory), ctypes.byref(options), ctypes.byref(saved))
        )
        return {"files": saved.files, "bytes": saved.bytes, "overflows": saved.overflows}

    def close(self) -> None:
        """Gives the model and its workers back. Sessions go on, but can prepare no more shapes."""
        self._handle.close()
        self._pool.close()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._source is None:
            raise TypeError("a model of tensors in memory has no path to be pickled by: save it, and load that")
        path, options = self._source
        return _reloaded, (path, options)

    def __repr__(self) -> str:
        what = repr(self._source[0]) if self._source else "tensors in memory"
        return f"<unet1d.Model of {what}: {self.config.get('_class_name')}, {self._compute['precision']}>"


def _reloaded(path: str, options: dict[str, Any]) -> Model:
    return load(path, **options)


def _choice(name: str, found: Any, choices: Mapping[Any, int]) -> int:
    """The number of a named choice."""
    if found not in choices:
        expected = ", ".join(repr(choice) for choice in choices)
        raise ArgumentError(f"{name}: found {found!r}, expected one of {expected}")
    return choices[found]
