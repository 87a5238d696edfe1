"""Points on a cluster; oracle: the same points computed one after the other in this process."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zskip.exploration import cluster, crowd, watch
from zskip.exploration.cluster import in_process, on_cluster
from zskip.exploration.crowd import Task
from zskip.exploration.measure import ERROR, Figures, measure
from zskip.exploration.points import Point, grid
from zskip.exploration.store import content_key
from zskip.exploration.workload import BenchmarkWorkload, Workload
from zskip.model.common.benchmark import chosen_layers
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.eie.config import TINY

distributed = pytest.importorskip("distributed", reason="needs the extra `explore`")

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    # What Dask says of itself when its workers are killed is not about the points.
    pytest.mark.filterwarnings("default"),
]


def tasks(values: int, depths: int, scale: float) -> dict[str, Task]:
    """Points of a small array on two layers, by their keys."""
    settings = {
        "queue_depth": tuple(range(1, depths + 1)),
        "column_queue_depth": tuple(range(values)),
    }
    workloads = [BenchmarkWorkload(x, 1) for x in chosen_layers(["NT-We", "VGG-7"], scale)]
    return {
        content_key(point, workload): (point, workload)
        for point in grid([TINY], settings).points
        for workload in workloads
    }


def collected(results: dict[str, Figures], given: dict[str, Task]) -> bytes:
    """The results as they are written, in the order of the points."""
    return json.dumps([results[key] for key in given]).encode()


def serial(given: dict[str, Task]) -> bytes:
    """The oracle."""
    results: dict[str, Figures] = {}
    in_process(measure, given, lambda key, figures, keep: results.__setitem__(key, figures))
    return collected(results, given)


class Machines:
    """A scheduler and two workers, in processes of their own, one of which is killed at times."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), *sys.path])),
            "DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": "1.0",
        }
        common = ["--scheduler-file", str(self.file), "--no-dashboard"]
        commands = [
            ["scheduler", *common, "--host", "127.0.0.1", "--port", "0"],
            ["worker", *common, "--nworkers", "2", "--nthreads", "1"],
        ]
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                env=environment,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for words in commands
        ]
        self.client = distributed.Client(scheduler_file=str(self.file), set_as_default=False)
        self.client.wait_for_workers(2, timeout=60)
        self.killed = 0

    @property
    def address(self) -> str:
        """Address of the scheduler."""
        return json.loads(self.file.read_text(encoding="utf-8"))["address"]

    def kill(self) -> None:
        """Kill a worker; the process that watches it starts another one."""
        pids = sorted(self.client.run(os.getpid, on_error="ignore").values())
        if pids:
            os.kill(pids[self.killed % len(pids)], signal.SIGKILL)
            self.killed += 1

    def close(self) -> None:
        """End all of them."""
        self.client.close()
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=60)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    """A cluster of other processes."""
    made = Machines(tmp_path)
    yield made
    made.close()


def test_two_workers_give_what_one_process_gives() -> None:
    given = tasks(4, 3, 1 / 32)
    results: dict[str, Figures] = {}
    on_cluster(measure, given, lambda key, figures, keep: results.__setitem__(key, figures), jobs=2)
    assert collected(results, given) == serial(given)


def test_a_slow_point_leaves_the_rest_of_its_task_to_others() -> None:
    given = tasks(16, 2, 1 / 64)
    slow = list(given.values())[1]

    def sleeping(point: Point, workload: Workload) -> Figures:
        if (point, workload.name) == (slow[0], slow[1].name):
            time.sleep(1.1 * crowd.BATCH_SECONDS)
        return measure(point, workload)

    results: list[tuple[str, Figures]] = []
    on_cluster(sleeping, given, lambda key, figures, keep: results.append((key, figures)), jobs=1)
    # Four points are a task; its last two come behind those of all others.
    assert [key for key, _ in results[-2:]] == list(given)[2:4]
    assert len(results) == len(given)
    assert collected(dict(results), given) == serial(given)


def test_a_killed_worker_costs_nothing_but_time(machines: Machines) -> None:
    given = tasks(8, 5, 1 / 16)
    results: dict[str, Figures] = {}

    def done(key: str, figures: Figures, keep: bool) -> None:
        assert key not in results
        results[key] = figures
        if len(results) == 8:
            machines.kill()

    on_cluster(measure, given, done, jobs=0, scheduler=machines.address)
    assert machines.killed == 1
    assert collected(results, given) == serial(given)


@pytest.mark.slow
def test_a_thousand_points_while_workers_are_killed(machines: Machines) -> None:
    given = tasks(50, 10, 1 / 32)
    assert len(given) == 1000
    expected = serial(given)
    local: dict[str, Figures] = {}
    on_cluster(measure, given, lambda key, figures, keep: local.__setitem__(key, figures), jobs=2)
    assert collected(local, given) == expected
    remote: dict[str, Figures] = {}
    begun, over = threading.Event(), threading.Event()

    def done(key: str, figures: Figures, keep: bool) -> None:
        remote[key] = figures
        if len(remote) == 50:
            begun.set()

    def killer() -> None:
        begun.wait()
        while not over.is_set():
            machines.kill()
            over.wait(10)

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        on_cluster(measure, given, done, jobs=0, scheduler=machines.address)
    finally:
        begun.set()
        over.set()
        thread.join()
    print(f"{machines.killed} workers killed")
    assert machines.killed >= 1
    assert collected(remote, given) == expected


def test_a_point_that_kills_workers_is_named_and_the_others_finish() -> None:
    given = tasks(4, 2, 1 / 32)
    poison = list(given)[3]
    poisoned, name = given[poison][0], given[poison][1].name

    def deadly(point: Point, workload: Workload) -> Figures:
        if (point, workload.name) == (poisoned, name):
            os.kill(os.getpid(), signal.SIGKILL)
        return measure(point, workload)

    results: dict[str, tuple[Figures, bool]] = {}
    on_cluster(deadly, given, lambda key, *result: results.__setitem__(key, result), jobs=2)
    assert {key for key, (figures, _) in results.items() if ERROR in figures} == {poison}
    assert "workers in turn ended while they measured it alone" in str(results[poison][0][ERROR])
    assert {keep for key, (_, keep) in results.items() if key != poison} == {True}
    assert not results[poison][1]
    good = {key: task for key, task in given.items() if key != poison}
    assert collected({key: one for key, (one, _) in results.items()}, good) == serial(good)


def test_an_error_of_a_worker_ends_the_exploration() -> None:
    def failing(point: Point, workload: Workload) -> Figures:
        raise RunFailure("this went wrong")

    with pytest.raises(RunFailure, match="this went wrong"):
        on_cluster(failing, tasks(1, 1, 1 / 64), lambda *result: None, jobs=1)


def test_another_version_on_the_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "VERSION", "0.0.1")
    with pytest.raises(RunFailure, match=r"workers must have zskip 0\.0\.1, .* but have "):
        on_cluster(measure, tasks(1, 1, 1 / 64), lambda *result: None, jobs=1)


def test_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    # Waits of random length may leave Dask's last attempt too little time to be refused.
    monkeypatch.setattr("distributed.comm.core.random.uniform", max)
    with pytest.raises(
        RunFailure,
        match=r"the scheduler at tcp://127\.0\.0\.1:9 must answer .* \(.*refused\): start it",
    ):
        on_cluster(measure, tasks(1, 1, 1 / 64), print, jobs=0, scheduler="tcp://127.0.0.1:9")


def test_a_last_attempt_that_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect(*_address: str, **_limits: float) -> None:
        attempt = TimeoutError()
        attempt.__cause__ = asyncio.CancelledError()
        raise OSError("Timed out trying to connect") from attempt

    monkeypatch.setattr("distributed.comm.core.connect", connect)
    with pytest.raises(RunFailure, match=r"must answer .* \(no answer in time\): start it"):
        on_cluster(measure, tasks(1, 1, 1 / 64), print, jobs=0, scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("greeting", "cause"),
    [
        (b"", r"timeout after 1\.5 s, though it took the connection"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "what answers there is none"),
    ],
)
def test_what_answers_is_no_scheduler(
    monkeypatch: pytest.MonkeyPatch, greeting: bytes, cause: str
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(cluster, "GRACE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as thread:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        answer = thread.submit(_greet, server, greeting)
        with pytest.raises(RunFailure, match=rf"must answer within 1 s, .* \({cause}\)"):
            on_cluster(measure, tasks(1, 1, 1 / 64), print, jobs=0, scheduler=address)
        answer.result()


def _greet(server: socket.socket, greeting: bytes) -> None:
    """Take a connection, say something, and keep it until the other side ends it."""
    connection, _ = server.accept()
    with connection:
        connection.sendall(greeting)
        while connection.recv(1024):
            pass


@pytest.mark.parametrize("address", ["", "nowhere://x:1", "host"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(InputError, match=r"must be an address such as tcp://.*: correct it"):
        on_cluster(measure, tasks(1, 1, 1 / 64), print, jobs=0, scheduler=address)


def test_a_cluster_without_workers(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "EMPTY_SECONDS", 0)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.1)
    machines.processes[1].terminate()
    machines.processes[1].wait(timeout=60)
    with pytest.raises(RunFailure, match="must have workers, but had none"):
        on_cluster(measure, tasks(2, 2, 1 / 64), print, jobs=0, scheduler=machines.address)


def test_a_scheduler_that_goes_away(machines: Machines) -> None:
    given = tasks(8, 8, 1 / 16)

    def done(*result: object) -> None:
        machines.processes[0].kill()

    with pytest.raises(RunFailure, match="went away"):
        on_cluster(measure, given, done, jobs=0, scheduler=machines.address)


def test_only_this_machine_reaches_the_workers() -> None:
    psutil = pytest.importorskip("psutil")
    addresses: list[str] = []

    def done(*result: object) -> None:
        me = psutil.Process()
        for process in (me, *me.children(recursive=True)):
            found = process.net_connections()
            addresses.extend(one.laddr.ip for one in found if one.status == "LISTEN")

    on_cluster(measure, tasks(1, 1, 1 / 64), done, jobs=1)
    assert set(addresses) == {"127.0.0.1"}
