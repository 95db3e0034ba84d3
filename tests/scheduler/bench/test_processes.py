import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from scheduler.bench import processes
from scheduler.bench.fault import BenchFault

SPIN = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPIN!r}])"
SLEEP = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"


def python(code):
    return [sys.executable, "-c", code]


def test_what_a_program_starts_is_counted_with_it(tmp_path):
    cost = processes.run(python(CHILD), tmp_path)
    assert 0.2 <= cost.cpu_seconds < 5
    assert cost.wall_seconds >= 0.2


def test_a_program_that_fails_is_told_with_its_last_words(tmp_path):
    with pytest.raises(BenchFault, match=r"exit code 4: no room"):
        processes.run(python("import sys; print('no room'); sys.exit(4)"), tmp_path)


def test_neither_a_proxy_nor_a_configuration_of_the_environment_reaches_it(tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("DIBAO_CONFIG", "other.toml")
    wanted = "import os, sys; sys.exit(any(n in os.environ for n in ('http_proxy', 'DIBAO_CONFIG')))"
    processes.run(python(wanted), tmp_path)


def test_ctrl_c_leaves_no_process(tmp_path):
    """As pytest's own process would be the one to be interrupted, another measures."""
    code = f"import pathlib\nfrom scheduler.bench import processes\nprocesses.run({python(SLEEP)!r}, pathlib.Path())"
    measuring = subprocess.Popen(python(code), cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        started = _family(measuring.pid, at_least=3)
        measuring.send_signal(signal.SIGINT)
        assert measuring.wait(20) != 0
        assert [one for one in started if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    finally:
        measuring.kill()
        measuring.wait()


def _family(pid, *, at_least):
    """Its descendants, as soon as there are so many."""
    ready = threading.Event()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = psutil.Process(pid).children(recursive=True)
        if len(found) >= at_least:
            return found
        ready.wait(0.05)
    raise AssertionError(f"{os.getpid()} saw no {at_least} processes")
