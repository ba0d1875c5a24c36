"""What concerns the whole process: threads, forks, signals, memory, start-up, the program."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import ecnas


def run_python(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, **options
    )


def test_threads_share_a_table_and_search_apart(table_4v):
    expected = [
        ecnas.search(table_4v, "semoa", evaluations=40, seed=seed).trials[0].columns["row"].tolist()
        for seed in range(8)
    ]
    found = [None] * 8
    failures = []

    def search(seed):
        try:
            for _ in range(3):
                result = ecnas.search(table_4v, "semoa", evaluations=40, seed=seed)
                found[seed] = result.trials[0].columns["row"].tolist()
                for row in range(len(table_4v)):
                    table_4v.query(row)["energy_kwh"]
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    threads = [threading.Thread(target=search, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and found == expected


def test_ctrl_c_ends_a_search():
    code = """
import os, signal, threading, time, ecnas
table = ecnas.load("ecnas-5v")
ecnas.search(table, "nsga2", evaluations=10)
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
start = time.perf_counter()
try:
    ecnas.search(table, "nsga2", evaluations=9000, trials=100_000)
except KeyboardInterrupt:
    print("interrupted", time.perf_counter() - start < 5)
"""
    assert run_python(code).stdout == "interrupted True\n"


def test_the_lock_of_the_interpreter_is_released(table_4v):
    ticks = 0
    done = threading.Event()

    def count():
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    start = time.perf_counter()
    ecnas.search(table_4v, "nsga2", evaluations=300, trials=300)
    seconds = time.perf_counter() - start
    done.set()
    counter.join()
    assert ticks > 50 * seconds  # a thousand a second undisturbed


def test_a_fork_after_loading_works(table_4v):
    ecnas.search(table_4v, evaluations=10)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            result = ecnas.search(table_4v, evaluations=10)
            os.write(writer, str(len(result.trials[0].columns["row"])).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        assert told.read() == "10"
    assert os.waitpid(child, 0)[1] == 0


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(
    "action",
    [
        lambda: ecnas.load("fashion-4v").query(3)["energy_kwh"],
        lambda: ecnas.Space(4).cells[3:9].hashes,
        lambda: ecnas.load("fashion-4v").query(np.arange(91)),
        lambda: ecnas.load("fashion-4v").tensor("energy_kwh").sum(),
        lambda: ecnas.search(ecnas.load("fashion-4v"), "random", evaluations=5, prior=None),
        lambda: pytest.raises(ecnas.InvalidArgument, ecnas.Cell, [[0, 2], [0, 0]], ["input", "output"]),
    ],
)
def test_nothing_leaks(action):
    def grown(times):
        before = resident_bytes()
        for _ in range(times):
            action()
        gc.collect()
        return resident_bytes() - before

    grown(200)
    # 2 kB an action: the smallest of what an action makes (a table's mapping, an array) is more.
    assert min(grown(300) for _ in range(3)) < 600_000


def test_nothing_leaks_as_nanobind_counts():
    code = """
import ecnas
table = ecnas.load("fashion-4v")
entry = table.query(0); tensor = table.tensor("energy_kwh"); cells = table.cells
problem = ecnas.Problem(table); problem.evaluate(0)
"""
    finished = run_python(code)
    assert finished.returncode == 0 and "leak" not in finished.stderr, finished.stderr


def test_importing_imports_little():
    code = "import sys, ecnas; print([m for m in ('numpy', 'pandas', 'matplotlib') if m in sys.modules])"
    assert run_python(code).stdout == "[]\n"



def test_python_m_is_the_program():
    finished = subprocess.run(
        [sys.executable, "-m", "ecnas", "--version"], capture_output=True, text=True
    )
    assert finished.returncode == 0 and finished.stdout.startswith(f"ecnas {ecnas.__version__}")
    failed = subprocess.run([sys.executable, "-m", "ecnas", "nonsense"], capture_output=True)
    assert failed.returncode == 2


def test_public_names_are_there():
    for name in ecnas.__all__:
        assert getattr(ecnas, name) is not None
        assert name in dir(ecnas)
    with pytest.raises(AttributeError):
        ecnas.nothing_of_this_name


def test_errors_are_what_people_expect():
    assert issubclass(ecnas.InvalidArgument, (ecnas.Error, ValueError))
    assert issubclass(ecnas.NotFound, KeyError) and issubclass(ecnas.IoFailure, OSError)
    assert str(ecnas.NotFound("plain")) == "plain"


def test_signals_are_as_before():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_stub_names_what_the_core_has():
    """mypy's stubtest cannot see into the core's functions; names are compared here."""
    import ast
    import inspect
    import pathlib

    from ecnas import _core

    stub = ast.parse(pathlib.Path(_core.__file__).with_name("_core.pyi").read_text())

    def members(body, prefix=""):
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("__"):
                yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from members(node.body, node.name + ".")

    def there(owner, prefix=""):
        for name, value in vars(owner).items():
            if name.startswith("__") or inspect.ismodule(value):
                continue
            yield prefix + name
            if inspect.isclass(value) and not prefix:
                yield from there(value, name + ".")

    inherited = {"Entry.get", "Entry.items", "Entry.keys", "Entry.values"}  # of Mapping
    inherited |= {"CellArray.index", "CellArray.count"}  # of Sequence
    hidden = {"CellArray.CellIterator"}  # made when a first iterator is
    assert set(members(stub.body)) == set(there(_core)) - inherited - hidden
