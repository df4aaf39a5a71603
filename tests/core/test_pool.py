"""Real processes side by side: how they end, and with whom."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lightcnn.core.pool import Done, Pool, Task, carried_out
from tests.helpers import ROOT

LASTS = """
import os, time
from pathlib import Path
from lightcnn.core.command import run

def main(name: str) -> None:
    Path(name).write_text(str(os.getpid()))
    print("at work", flush=True)
    time.sleep(60)

run(main)
"""
PARENT = """
import sys
from lightcnn.core.pool import Task, carried_out
list(carried_out([Task(name, (sys.executable, "lasts.py", name)) for name in "ab"], 2, 1, print))
"""


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    Path("lasts.py").write_text(LASTS)


def task(name: str, code: str) -> Task:
    return Task(name, (sys.executable, "-c", code))


def said(*tasks: Task, workers: int = 2) -> tuple[dict[str, str | None], list[str]]:
    """What came of tasks, and all that they said."""
    lines: list[str] = []
    return {done.task.name: done.problem for done in carried_out(tasks, workers, 1, lines.append)}, lines


def test_each_ends_as_it_would_alone(capfd: pytest.CaptureFixture[str]) -> None:
    ended, lines = said(
        task("good", "print('one'); print('two')"),
        task("refused", "import sys; print('a warning', file=sys.stderr); sys.exit('stage: wrong: 3')"),
        task("silent", "raise SystemExit(7)"),
        task("killed", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    )
    killed = "ended by SIGKILL; run it again, and it goes on from its last whole epoch"
    assert ended == {"good": None, "refused": "wrong: 3", "silent": "ended with exit code 7", "killed": killed}
    assert lines == ["one", "two"]
    assert capfd.readouterr().err == "a warning\n"


def test_no_more_are_at_work_than_there_are_workers() -> None:
    code = "import time; print(time.monotonic(), flush=True); time.sleep(0.3); print(time.monotonic())"
    _, lines = said(*(task(str(number), code) for number in range(3)), workers=1)
    times = list(map(float, lines))
    assert times == sorted(times)


def test_threads_are_counted_for_each() -> None:
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "LIGHTCNN_THREADS", "OMP_WAIT_POLICY")
    assert said(task("asks", f"import os; print(*map(os.environ.get, {names}))"))[1] == ["1 1 1 PASSIVE"]


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(*files: str) -> bool:
    """Whether the processes that wrote their numbers into files end, in time."""
    numbers = [int(Path(file).read_text()) for file in files]
    until = time.monotonic() + 30
    while any(map(alive, numbers)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(alive, numbers))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_the_process_that_started_them(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        assert [parent.stdout.readline(), parent.stdout.readline()] == ["at work\n", "at work\n"]
        assert alive(int(Path("a").read_text()))
        parent.send_signal(how)
    assert gone("a", "b")


def test_a_pool_that_is_left_takes_its_workers_along() -> None:
    with pytest.raises(KeyError), Pool(1, 1, lambda _: None) as pool:
        for name in "ab":
            pool.submit(Task(name, (sys.executable, "lasts.py", name)))
        while not Path("a").exists() or not Path("a").read_text():
            time.sleep(0.05)
        raise KeyError
    assert gone("a")
    assert not Path("b").exists()


def test_tasks_may_follow_while_others_are_at_work() -> None:
    ended: list[Done] = []
    with Pool(2, 1, lambda _: None) as pool:
        pool.submit(task("first", ""))
        while pool.is_busy:
            for done in pool.wait():
                ended.append(done)
                if done.task.name == "first":
                    pool.submit(task("second", ""))
    assert [done.task.name for done in ended] == ["first", "second"]
