from itertools import chain

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from data_cache.errors import InputError
from explainers.sharing import Share, launched, parse_share, use_own_device

CASES = list(range(23))


@pytest.mark.parametrize("count", [1, 2, 7, 23, 40])
@pytest.mark.parametrize("first", [0, 1])
def test_the_shards_of_an_array_job_are_all_cases_once(count, first):
    shares = [parse_share(f"{index}/{count}").of(CASES) for index in range(first, first + count)]
    assert sorted(chain(*shares)) == CASES
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_nothing_is_the_whole():
    assert parse_share(None).of(CASES) == CASES


@pytest.mark.parametrize("text", ["", "3", "3/", "/3", "4/3", "-1/3", "1/0", "0/0", "1/100001", "a/b", "1/2/3", "²/3"])
def test_another_form_is_a_wrong_call(text):
    with pytest.raises(typer.BadParameter, match="expected I/N"):
        parse_share(text)


@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 9))
def test_processes_of_a_shard_take_its_cases_once_and_no_others(cases, shards, processes):
    everything = list(range(cases))
    names = set()
    for index in range(shards):
        shard = Share(index, shards)
        parts = [shard.divided(Share(inner, processes)) for inner in range(processes)]
        taken = [part.of(everything) for part in parts]
        assert sorted(chain(*taken)) == shard.of(everything)  # as many: each once
        assert taken == [Share(inner, processes).of(shard.of(everything)) for inner in range(processes)]
        names |= {part.name for part in parts}
    assert len(names) == shards * processes


def test_two_processes_of_the_first_of_two_shards():
    assert [Share(0, 2).divided(Share(rank, 2)).of(range(12)) for rank in (0, 1)] == [range(0, 12, 4), range(2, 12, 4)]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, Share(0, 1)),
        ({"WORLD_SIZE": "1", "RANK": "0"}, Share(0, 1)),
        ({"WORLD_SIZE": "4", "RANK": "3"}, Share(3, 4)),
        ({"PMI_SIZE": "2", "PMI_RANK": "1"}, Share(1, 2)),
        ({"OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_RANK": "5"}, Share(5, 8)),
        ({"MV2_COMM_WORLD_SIZE": "2", "MV2_COMM_WORLD_RANK": "0"}, Share(0, 2)),
        ({"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}, Share(0, 1)),  # a batch script has these, too
    ],
)
def test_what_launchers_tell(told, expected):
    assert launched(told) == expected


@pytest.mark.parametrize(("size", "rank"), [("4", "4"), ("4", "-1"), ("many", "0"), ("", "0"), ("4", "")])
def test_numbers_that_are_none_are_one_sentence(size, rank):
    with pytest.raises(InputError, match="in RANK and WORLD_SIZE"):
        launched({"WORLD_SIZE": size, "RANK": rank})


@pytest.mark.parametrize(
    ("told", "taken"), [({"LOCAL_RANK": "5"}, [1]), ({"OMPI_COMM_WORLD_LOCAL_RANK": "2"}, [2]), ({}, [])]
)
def test_each_process_of_a_machine_uses_its_own_device(monkeypatch, told, taken):
    used = []
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 4)
    monkeypatch.setattr("torch.cuda.set_device", used.append)
    use_own_device(told)
    assert used == taken
