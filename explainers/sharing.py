"""Which cases are mine: the work of many processes on one list, without a word between them.

Every process takes every N-th case of the same list, from the I-th on. Nobody waits for anybody: a process group, and
the barrier at its end, would end long runs when the first process has been ready for half an hour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import typer

from data_cache.errors import InputError

# What torchrun and `accelerate launch`, MPICH and Intel MPI, Open MPI, and MVAPICH tell the processes that they start.
_LAUNCHERS = (
    ("RANK", "WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
)
_ON_THIS_MACHINE = ("LOCAL_RANK", "MPI_LOCALRANKID", "OMPI_COMM_WORLD_LOCAL_RANK", "MV2_COMM_WORLD_LOCAL_RANK")
_MOST = 100_000

T = TypeVar("T")


@dataclass(frozen=True)
class Share:
    """Part `index` of `count`, counted from 0."""

    index: int = 0
    count: int = 1

    @property
    def name(self) -> str:
        """As it stands in names of folders."""
        return f"{self.index}-of-{self.count}"

    def of(self, cases: Sequence[T]) -> Sequence[T]:
        """The cases of this part; each case is in exactly one of the `count` parts."""
        return cases[self.index :: self.count]

    def divided(self, inner: "Share") -> "Share":
        """The part `inner` of this part: every `inner.count`-th of its cases, and no other's."""
        return Share(self.index + self.count * inner.index, self.count * inner.count)


def parse_share(text: str | None) -> Share:
    """Read I/N. I counts from 0 or from 1, as the array job does: N/N is 0/N. Nothing is the whole.

    Raises:
        typer.BadParameter: it has another form.
    """
    if text is None:
        return Share()
    index, slash, count = text.partition("/")
    if slash and all(part.isascii() and part.isdigit() and len(part) < 9 for part in (index, count)):
        number, parts = int(index), int(count)
        if 1 <= parts <= _MOST and number <= parts:
            return Share(number % parts, parts)
    raise typer.BadParameter(f"expected I/N with I from 0 to N−1 (or from 1 to N), such as 3/16, found {text[:50]!r}.")


def launched(environment: Mapping[str, str]) -> Share:
    """The part of this process among those that torchrun, `accelerate launch` or MPI started; the whole without.

    Raises:
        InputError: the variables are no such numbers.
    """
    for rank, size in _LAUNCHERS:
        count, index = environment.get(size, "1"), environment.get(rank, "0")
        if count == "1":
            continue
        if not (count.isdigit() and index.isdigit() and int(index) < int(count)):
            raise InputError(
                f"Expected the number of this process and of all in {rank} and {size}, found {index[:20]!r} and "
                f"{count[:20]!r}; unset them, or give --shard."
            )
        return Share(int(index), int(count))
    return Share()


def use_own_device(environment: Mapping[str, str]) -> None:
    """Where a launcher started several processes on one machine, have each use another of its CUDA devices."""
    import torch

    number = next((environment[name] for name in _ON_THIS_MACHINE if environment.get(name, "").isdigit()), None)
    if number is not None and torch.cuda.is_available():
        torch.cuda.set_device(int(number) % torch.cuda.device_count())
