"""Blocks appended to a dibao.toml: what was there stays, the file is old or new, never between."""

from __future__ import annotations

import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.config import Source
from crawler.config_errors import ConfigError
from scheduler.config.file import load_config
from scheduler.sources.blocks import append_blocks, source_block

HEAD = '# mine\n[dibao]\ncontact = "a@b.org"   # me\n'
FULL = Source.model_validate({
    "name": "full", "home": "https://a.test/“x”?q=\\", "every": "1h30m", "jitter_seconds": 3, "timezone": "UTC",
    "feeds": ("https://a.test/1.xml", "https://a.test/2.xml"), "sitemaps": ("https://a.test/s.xml",),
    "listings": (
        {"url": "https://a.test/gn/", "links": "/gn/{date}/{id}.html"},
        {"url": "https://a.test/api?p={page}", "items": "data.list", "link": "/n/{id}.html", "date": "t"},
    ),
    "hosts": ("b.test",), "enabled": False, "delay_seconds": 2.5, "max_pages": 9,
})  # fmt: skip


def source(name: str) -> Source:
    return Source(name=name, home=f"https://{name}.test/")


def test_a_source_with_every_setting_comes_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    path.write_text(HEAD)
    adaptive = Source.model_validate({"name": "b", "home": "https://b.test/", "interval_floor": "1m"})
    timed = Source.model_validate({"name": "c", "home": "https://c.test/", "cron": "*/5 6-23 * * *"})
    config = append_blocks(path, [source_block(each, ["why\x1b[31m\nx"]) for each in (FULL, adaptive, timed)])
    assert config.source == (FULL, adaptive, timed) == load_config(path).source


@pytest.mark.parametrize(
    "before",
    [
        HEAD,
        HEAD.rstrip("\n"),
        HEAD.replace("\n", "\r\n"),
        "\ufeff" + HEAD,
        HEAD + '\n[[source]]\nname = "old"\nhome = "https://old.test/"\n[fetch]\ndelay_seconds = 2\n# the end',
    ],
)
def test_what_was_in_the_file_stays_byte_for_byte(before: str, tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    path.write_bytes(before.encode())
    path.chmod(0o640)
    append_blocks(path, [source_block(source("new"))])
    after = path.read_bytes()
    assert after.startswith(before.encode())
    assert (b"\r\n[[source]]\r\n" in after) == ("\r\n" in before)
    assert load_config(path).source[-1].name == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (HEAD + '[[source]]\nname = "new"\nhome = "https://x.test/"\n', "names must be unique"),
        ('source = [{ name = "old", home = "https://o.test/" }]\n' + HEAD, "write them as [[source]] blocks"),
        ("[dibao]\nspeed = 1\n", "dibao.toml:2"),
        ("[dibao\n", "dibao.toml:1"),
    ],
)
def test_a_file_that_would_be_wrong_is_not_written(before: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    path.write_text(before)
    with pytest.raises(ConfigError) as error:
        append_blocks(path, [source_block(source("new"))])
    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "d.toml", tmp_path / "dibao.toml"
    real.write_text(HEAD)
    link.symlink_to(real)
    append_blocks(link, [source_block(source("new"))])
    assert link.is_symlink()
    assert load_config(real).source[0].name == "new"


PROGRAM = """
import sys
from pathlib import Path
from crawler.config import Source
from scheduler.sources.blocks import append_blocks, source_block
for number in range(int(sys.argv[3])):
    name = f"{sys.argv[2]}-{number}"
    append_blocks(Path(sys.argv[1]), [source_block(Source(name=name, home=f"https://{name}.test/"))])
    print(name, flush=True)
"""


def test_two_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    path.write_text(HEAD)
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM, str(path), name, "8"]) for name in "ab"]
    assert [each.wait() for each in running] == [0, 0]
    names = {source.name for source in load_config(path).source}
    assert names == {f"{name}-{number}" for name in "ab" for number in range(8)}


def test_killed_at_any_moment_the_file_is_old_or_new(tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    path.write_text(HEAD)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), "k", "10000"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "k-0\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    said = ["k-0", *process.stdout.read().split()]
    process.wait()
    process.stdout.close()
    names = [source.name for source in load_config(path).source]
    assert names[: len(said)] == said
    assert len(names) <= len(said) + 1


def test_on_a_full_disk_the_file_is_as_it_was_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    path.write_text(HEAD)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(HEAD) + 20, before[1]))
    try:
        with pytest.raises(OSError):
            append_blocks(path, [source_block(source("more"))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_text() == HEAD
    assert list(tmp_path.iterdir()) == [path]
