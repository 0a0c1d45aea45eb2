"""The C library: its structs, its functions, and how a status becomes an exception.

Source: ``unet1d.h``. ``Tests/Python/test_library.py`` compares sizes, offsets and numbers with the header's.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any, ClassVar

from ._errors import Error, error_of


class Sized(ctypes.Structure):
    """A struct of options or results, which begins with its size. Zero is every field's default."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.size = ctypes.sizeof(self)


class OpenOptions(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("reserved", c_uint32),
        ("revision", c_char_p),
        ("subfolder", c_char_p),
        ("variant", c_char_p),
        ("configuration", c_char_p),
        ("shared_weights", c_char_p),
    ]


class SaveOptions(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("dtype", c_uint32),
        ("max_shard_bytes", c_uint64),
        ("variant", c_char_p),
    ]


class Saved(Sized):
    _fields_: ClassVar = [("size", c_uint32), ("files", c_uint32), ("bytes", c_uint64), ("overflows", c_uint64)]


class Tensor(ctypes.Structure):
    _fields_: ClassVar = [
        ("name", c_char_p),
        ("data", c_void_p),
        ("shape", POINTER(c_int64)),
        ("rank", c_uint32),
        ("dtype", c_uint32),
    ]


class PoolOptions(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("workers", c_uint32),
        ("spin_nanoseconds", c_int64),
        ("flags", c_uint32),
        ("reserved", c_uint32),
        ("parallel_for", c_void_p),
        ("parallel_for_context", c_void_p),
    ]


class Shape(ctypes.Structure):
    _fields_: ClassVar = [("batch", c_int64), ("length", c_int64), ("timesteps", c_int64)]


class SessionOptions(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("isa", c_uint32),
        ("accuracy", c_uint32),
        ("numa", c_uint32),
        ("flags", c_uint32),
        ("precision", c_uint32),
        ("arena", c_void_p),
        ("arena_bytes", c_size_t),
    ]


class PlanInfo(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("output_rank", c_uint32),
        ("shape", Shape),
        ("sample_shape", c_int64 * 3),
        ("output_shape", c_int64 * 3),
        ("sample_count", c_size_t),
        ("output_count", c_size_t),
        ("arena_bytes", c_size_t),
        ("scratch_bytes_per_worker", c_size_t),
        ("weight_bytes", c_size_t),
        ("plan_id", c_char * 24),
        ("global_condition_count", c_size_t),
        ("local_condition_count", c_size_t),
    ]


class Timestep(ctypes.Structure):
    _fields_: ClassVar = [("values", c_void_p), ("count", c_size_t), ("kind", c_uint32), ("reserved", c_uint32)]


class Placement(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("workers", c_uint32),
        ("usable_cores", c_uint32),
        ("workers_pinning_asked", c_uint32),
        ("workers_pinned", c_uint32),
        ("pinning_refusal", c_int32),
        ("huge_pages_asked", c_uint32),
        ("huge_pages_obtained", c_uint32),
        ("huge_pages_refusal", c_int32),
        ("lock_asked", c_uint32),
        ("lock_obtained", c_uint32),
        ("lock_refusal", c_int32),
        ("numa_asked", c_uint32),
        ("numa", c_uint32),
        ("memory_nodes", c_uint32),
        ("weight_copies", c_uint32),
        ("huge_page_bytes", c_int64),
        ("memory_bytes", c_int64),
        ("memory_pages_asked", c_int64),
        ("memory_pages_obtained", c_int64),
        ("weight_pages_asked", c_int64),
        ("weight_pages_obtained", c_int64),
        ("memory_pages_refusal", c_int32),
        ("weight_pages_refusal", c_int32),
    ]


class Noise(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("kind", c_uint32),
        ("seeds", POINTER(c_uint64)),
        ("seed_count", c_size_t),
        ("values", c_void_p),
        ("value_count", c_size_t),
        ("rows", POINTER(c_uint32)),
        ("row_count", c_size_t),
    ]


class SamplerOptions(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("precision", c_uint32),
        ("timestep_scale", c_double),
        ("noise", POINTER(Noise)),
        ("session", POINTER(SessionOptions)),
        ("short_levels", c_uint32),
        ("whole_forward_every", c_uint32),
    ]


class LoopInfo(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("reserved", c_uint32),
        ("sample_shape", c_int64 * 3),
        ("sample_count", c_size_t),
        ("step_count", c_size_t),
        ("draws", c_size_t),
    ]


class Range(ctypes.Structure):
    _fields_: ClassVar = [("begin", c_int64), ("end", c_int64)]


class Held(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("level", c_uint32),
        ("values", c_void_p),
        ("value_count", c_size_t),
        ("positions", POINTER(Range)),
        ("position_count", c_size_t),
        ("channels", Range),
        ("repetitions", c_uint32),
        ("jump", c_uint32),
    ]


class Step(ctypes.Structure):
    _fields_: ClassVar = [
        ("index", c_size_t),
        ("timestep", c_double),
        ("sample", c_void_p),
        ("estimate", c_void_p),
        ("count", c_size_t),
    ]


Observer = ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(Step))


class LoopOptions(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("reserved", c_uint32),
        ("noise", c_void_p),
        ("noise_count", c_size_t),
        ("sample", c_void_p),
        ("sample_count", c_size_t),
        ("strength", c_double),
        ("observe", Observer),
        ("observe_context", c_void_p),
    ]


class PlannerOptions(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("guidance_steps", c_uint32),
        ("scale", c_double),
        ("flags", c_uint32),
        ("reserved", c_uint32),
        ("least_guided_timestep", c_double),
        ("noise", POINTER(Noise)),
        ("session", POINTER(SessionOptions)),
        ("observation_means", c_void_p),
        ("observation_deviations", c_void_p),
        ("action_means", c_void_p),
        ("action_deviations", c_void_p),
    ]


class PlansInfo(Sized):
    _fields_: ClassVar = [
        ("size", c_uint32),
        ("reserved", c_uint32),
        ("sample_shape", c_int64 * 3),
        ("sample_count", c_size_t),
        ("observation_count", c_size_t),
        ("action_count", c_size_t),
        ("step_count", c_size_t),
        ("draws", c_size_t),
    ]


DTYPES = {"f32": 0, "f16": 1, "bf16": 2, "f64": 3}
ISAS = {None: 0, "auto": 0, "generic": 1, "avx2": 2, "avx512": 3}
ACCURACIES = {"fast": 0, "strict": 1}
PRECISIONS = {"f32": 0, "f16-weights": 1, "bf16-weights": 2, "bf16": 3}
NUMA = {"auto": 0, "off": 1, "interleave": 2, "replicate": 3}
TIMESTEP_FLOAT, TIMESTEP_DOUBLE, TIMESTEP_INT64, TIMESTEP_PYTHON_FLOAT = 0, 1, 2, 3
NOISE_PHILOX, NOISE_TORCH, NOISE_GIVEN = 0, 1, 2
HELD_EXACT, HELD_NOISED = 0, 1
PLANNER_WITHOUT_VARIANCE, PLANNER_SCALE_ZERO = 1, 2

_H = c_void_p
_HP = POINTER(c_void_p)
_N = c_size_t
_TEXT = [_H, c_char_p, _N, POINTER(_N)]

#: The functions that return a status, with their arguments.
FUNCTIONS: dict[str, list[Any]] = {
    "model_open_as": [c_char_p, POINTER(OpenOptions), _HP],
    "model_create": [c_char_p, POINTER(Tensor), _N, _HP],
    "model_create_seeded": [c_char_p, c_uint64, _HP],
    "model_configuration": _TEXT,
    "model_notes": _TEXT,
    "model_save": [_H, c_char_p, POINTER(SaveOptions), POINTER(Saved)],
    "model_free": [_H],
    "model_plan": [_H, POINTER(Shape), POINTER(SessionOptions), POINTER(PlanInfo)],
    "pool_create": [POINTER(PoolOptions), _HP],
    "pool_free": [_H],
    "pool_workers": [_H, POINTER(c_uint32)],
    "session_create": [_H, _H, POINTER(Shape), _N, POINTER(SessionOptions), _HP],
    "session_free": [_H],
    "session_prepare": [_H, POINTER(Shape)],
    "session_select": [_H, POINTER(Shape)],
    "session_info": [_H, POINTER(PlanInfo)],
    "session_placement": [_H, POINTER(Placement)],
    "session_set_condition": [_H, _H, _N, _H, _N],
    "forward": [_H, _H, _N, _H, _H, _N],
    "gradient_plan": [_H, POINTER(Shape), POINTER(SessionOptions), POINTER(PlanInfo)],
    "gradient_create": [_H, _H, POINTER(Shape), _N, POINTER(SessionOptions), _HP],
    "gradient_free": [_H],
    "gradient_prepare": [_H, POINTER(Shape)],
    "gradient_select": [_H, POINTER(Shape)],
    "gradient_info": [_H, POINTER(PlanInfo)],
    "gradient_set_condition": [_H, _H, _N, _H, _N],
    "gradient_run": [_H, _H, _N, _H, _H, _N, _H, _N, _H, _N],
    "scheduler_open": [c_char_p, c_char_p, _HP],
    "scheduler_free": [_H],
    "sampler_create": [_H, _H, POINTER(Shape), _H, _N, POINTER(SamplerOptions), _HP],
    "sampler_free": [_H],
    "sampler_info": [_H, POINTER(LoopInfo)],
    "sampler_timesteps": [_H, POINTER(c_double), _N],
    "sampler_set_condition": [_H, _H, _N, _H, _N],
    "sampler_hold": [_H, POINTER(Held)],
    "sampler_restart": [_H, POINTER(Noise)],
    "sampler_run": [_H, POINTER(LoopOptions), _H, _N],
    "planner_create": [_H, _H, _H, POINTER(Shape), _H, _N, _N, POINTER(PlannerOptions), _HP],
    "planner_free": [_H],
    "planner_info": [_H, POINTER(PlansInfo)],
    "planner_restart": [_H, POINTER(Noise)],
    "planner_run": [_H, _H, _N, _H, _N, _H, _N, _H, _N, _H, _N],
}


def _path() -> str:
    """The library in this package, unless the environment names another."""
    return os.environ.get("UNET1D_LIBRARY") or str(Path(__file__).parent / "_lib" / "libunet1d.so")


class Library:
    """The loaded library. Its attributes are the functions of ``FUNCTIONS``, which return a status.

    Every call leaves Python's interpreter lock to others.
    """

    def __init__(self, path: str) -> None:
        try:
            self._library = ctypes.CDLL(path)
        except OSError as error:
            raise ImportError(
                f"{path}: {error}; unet1d runs on x86-64 Linux with glibc 2.34 or later: "
                "install its wheel, or name a libunet1d.so with UNET1D_LIBRARY"
            ) from error
        for name, arguments in FUNCTIONS.items():
            function = getattr(self._library, "unet1d_" + name)
            function.argtypes = arguments
            function.restype = c_int
            setattr(self, name, function)
        for name in ("version", "last_error"):
            getattr(self._library, "unet1d_" + name).restype = c_char_p
        #: Whether anything was made with it: before, a forked process is as good as another.
        self.is_used = False
        os.register_at_fork(after_in_child=self._refuse)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    @property
    def version(self) -> str:
        return str(self._library.unet1d_version().decode())

    def check(self, status: int) -> None:
        """Raises what a status stands for."""
        if status:
            raise error_of(status, self._library.unet1d_last_error().decode())

    def text(self, name: str, handle: int | None) -> str:
        """A text of a handle."""
        function = getattr(self, name)
        needed = c_size_t()
        self.check(function(handle, None, 0, needed))
        buffer = ctypes.create_string_buffer(needed.value)
        self.check(function(handle, buffer, needed.value, needed))
        return buffer.value.decode()

    def _refuse(self) -> None:
        """Makes every function raise: a forked process has the handles, but not their threads."""
        if not self.is_used:
            return
        for name in FUNCTIONS:
            setattr(self, name, _release if name.endswith("_free") else _forked)


def _forked(*_: object) -> int:
    raise Error(
        "unet1d: found a forked process, whose parent's worker threads are not in it; start processes with the "
        'method "spawn" or "forkserver", as multiprocessing.set_start_method("spawn") and '
        'DataLoader(multiprocessing_context="spawn") do'
    )


def _release(*_: object) -> int:
    return 0


library = Library(_path())
