"""Safetensors in and out of Ray Data, which has Parquet and NPY itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow
import ray.data
from ray.data.block import Block, BlockAccessor
from ray.data.datasource import BlockBasedFileDatasink, FilenameProvider
from ray.data.datasource.file_based_datasource import FileBasedDatasource

from .._errors import ArgumentError
from .safetensors import decoded, encode


def read_safetensors(
    paths: str | list[str], *, columns: Sequence[str] | None = None, **options: Any
) -> ray.data.Dataset:
    """A dataset of the rows of files: a row for each entry of their tensors' first dimension.

    A tensor without dimensions, such as one ``timestep`` for a batch, is every row's.

    :param paths: files, or folders of them, on any of Arrow's file systems.
    :param columns: the tensors to read; None: all.
    :param options: those of :func:`ray.data.read_datasource`, such as ``override_num_blocks``.
    """
    dataset: ray.data.Dataset = ray.data.read_datasource(SafetensorsDatasource(paths, columns), **options)
    return dataset


def write_safetensors(dataset: ray.data.Dataset, path: str, *, min_rows_per_file: int | None = None) -> None:
    """Writes a dataset as files in a folder: columns of numbers as tensors, of texts in the metadata.

    Rows of differing shapes go to files of one shape each.

    :param min_rows_per_file: how many rows to gather for a file; None: those of a block.
    """
    dataset.write_datasink(SafetensorsDatasink(path, min_rows_per_file=min_rows_per_file))


class SafetensorsDatasource(FileBasedDatasource):
    """Files with tensors whose first dimensions are equal."""

    _FILE_EXTENSIONS = ["safetensors"]  # noqa: RUF012

    def __init__(self, paths: str | list[str], columns: Sequence[str] | None = None, **options: Any) -> None:
        super().__init__(paths, file_extensions=self._FILE_EXTENSIONS, **options)
        self._columns = columns

    def _read_stream(self, f: Any, path: str) -> Iterator[Block]:
        """Gives a file's rows as one block. Reads the whole file."""
        tensors = decoded(f.readall(), path)
        for name in self._columns or ():
            if name not in tensors:
                raise ArgumentError(f"{path}: found {', '.join(tensors)}, expected the tensor {name}")
        chosen = {name: tensors[name] for name in self._columns or tensors}
        rows = {array.shape[0] for array in chosen.values() if array.ndim}
        if len(rows) > 1:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in chosen.items())
            raise ArgumentError(f"{path}: found {shapes}; expected equal first dimensions: choose columns")
        count = rows.pop() if rows else 1
        full = {name: array if array.ndim else np.full(count, array) for name, array in chosen.items()}
        yield BlockAccessor.batch_to_block(full)


class SafetensorsDatasink(BlockBasedFileDatasink):
    """A folder of files, one for each block and shape of rows. A file that is written again has the same name."""

    def __init__(self, path: str, *, min_rows_per_file: int | None = None, **options: Any) -> None:
        self._names = _Parts(file_format="safetensors")
        options = {"filename_provider": self._names, "file_format": "safetensors", **options}
        super().__init__(path, min_rows_per_file=min_rows_per_file, **options)

    def write_block(self, block: BlockAccessor, block_index: int, ctx: Any) -> None:
        """Writes a block's rows, a file for each shape."""
        try:
            for part, rows in enumerate(rows_by_shape(_columns(block))):
                self._names.part = part
                super().write_block(BlockAccessor.for_block(block.take(rows)), block_index, ctx)
        finally:
            self._names.part = 0

    def write_block_to_file(self, block: BlockAccessor, file: Any) -> None:
        """Writes rows of one shape."""
        encode({name: stacked(column) for name, column in _columns(block).items()}, file)


def rows_by_shape(columns: dict[str, npt.NDArray[Any]]) -> list[list[int]]:
    """The rows, gathered by the shapes of their tensors."""
    ragged = [column for column in columns.values() if column.dtype == object]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row in range(len(next(iter(columns.values())))):
        groups.setdefault(tuple(getattr(column[row], "shape", None) for column in ragged), []).append(row)
    return list(groups.values())


def stacked(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A column of tensors of one shape as one array; others as they are."""
    if column.dtype == object and len(column) and all(isinstance(value, np.ndarray) for value in column):
        return np.stack(list(column))
    return column


def _columns(block: BlockAccessor) -> dict[str, npt.NDArray[Any]]:
    """A block's columns. Those in which Arrow found nothing are texts that are missing."""
    table = block.to_arrow()
    missing = {field.name for field in table.schema if pyarrow.types.is_null(field.type)}
    columns = dict(block.to_batch_format("numpy"))
    return {**columns, **{name: np.full(table.num_rows, None, object) for name in missing}}


class _Parts(FilenameProvider):
    """Names of a task's files, with the number of the part. Ray's checkpoints know files by the name before it."""

    part = 0

    def get_filename_for_task(self, write_uuid: str, task_index: int) -> str:
        base, dot, extension = super().get_filename_for_task(write_uuid, task_index).rpartition(".")
        return f"{base}-{self.part}{dot}{extension}" if self.part else f"{base}{dot}{extension}"
