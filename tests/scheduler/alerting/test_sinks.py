"""Addresses and secrets of alerts: read from the environment and from files, and shown nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.config_errors import ConfigError
from scheduler.alerting.sinks import Sink, open_secrets, read_sinks
from scheduler.config.file import load_config
from tests.scheduler.alerting.chats import SECRET, TOKEN

URL = f"https://qyapi.example.org/cgi-bin/webhook/send?key={TOKEN}"


def written(tmp_path: Path, *alerts: str) -> Path:
    path = tmp_path / "dibao.toml"
    tables = [f'[[alert]]\nname = "a{number}"\n{alert}\n' for number, alert in enumerate(alerts)]
    path.write_text('[dibao]\ncontact = "ops@example.org"\n' + "".join(tables), encoding="utf-8")
    return path


def read(path: Path, **environment: str) -> tuple[Sink, ...]:
    return read_sinks(load_config(path), path, environment)


def refused(path: Path, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(path, **environment)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_addresses_and_secrets_come_from_the_environment_and_from_files_beside_the_configuration(
    tmp_path: Path,
) -> None:
    (tmp_path / "robot.url").write_text(f"{URL}\n")
    (tmp_path / "robot.secret").write_text(f" {SECRET}\n")
    mail = 'kind = "email"\nmail_to = ["a@b.cn"]\nmail_from = "c@b.cn"\nsmtp_host = "b.cn"\nsmtp_user = "u"\n'
    path = written(
        tmp_path,
        'kind = "dingtalk"\nurl_file = "robot.url"\nsecret_file = "robot.secret"',
        'kind = "wecom"\nurl_env = "ROBOT"',
        f'{mail}password_env = "WORD"',
        'kind = "log"',
    )
    robot, other, mail_sink, log = read(path, ROBOT=URL, WORD="passw0rd")
    assert (robot.url, robot.secret) == (URL, SECRET)
    assert other.url == URL
    assert mail_sink.password == "passw0rd"  # noqa: S105
    assert (log.url, log.language) == ("", "zh")
    shown = repr((robot, other, mail_sink, log)) + str(load_config(path))
    assert not any(one in shown for one in (TOKEN, SECRET, "passw0rd", "qyapi"))


@pytest.mark.parametrize(
    ("alert", "environment", "said"),
    [
        ('kind = "wecom"\nurl_env = "ROBOT"', {}, '6: alert "a0" url_env: the environment has no ROBOT; set it where'),
        ('kind = "wecom"\nurl_env = "ROBOT"', {"ROBOT": " \n"}, "the variable ROBOT: there is nothing in it"),
        ('kind = "wecom"\nurl_env = "ROBOT"', {"ROBOT": "t0ken-6c1f9b2e"}, "expected a http:// or https:// address"),
        ('kind = "wecom"\nurl_env = "ROBOT"', {"ROBOT": f"{URL} {URL}"}, "expected a http:// or https:// address"),
        ('kind = "wecom"\nurl_env = "ROBOT"', {"ROBOT": URL.replace("https", "http")}, "expected a https:// address"),
        ('kind = "wecom"\nurl_env = "ROBOT"', {"ROBOT": f"{URL}é"}, "no text of ASCII characters"),
        ('kind = "json"\nurl_env = "ROBOT"\nsecret_env = "S"', {"ROBOT": URL, "S": SECRET}, 'expected "whsec_" and 24'),
        ('kind = "wecom"\nurl_file = "robot.url"', {}, "robot.url cannot be read: no such file or directory"),
    ],
)
def test_what_cannot_be_had_is_told_with_its_line_and_without_any_secret(
    tmp_path: Path, alert: str, environment: dict[str, str], said: str
) -> None:
    (line,) = refused(written(tmp_path, alert), **environment)
    assert said in line
    assert TOKEN not in line
    assert SECRET not in line


def test_every_secret_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, 'kind = "wecom"\nurl_env = "A"', 'kind = "feishu"\nurl_env = "B"\nsecret_env = "C"')
    assert [line.split(":")[0] for line in refused(path)] == ["6", "10", "11"]
    assert read_sinks(load_config(path), path, {"A": URL}, only=["a0"])[0].url == URL


def test_plain_http_is_for_this_machine_and_for_programs(tmp_path: Path) -> None:
    path = written(tmp_path, 'kind = "slack"\nurl_env = "A"', 'kind = "json"\nurl_env = "B"')
    one, other = read(path, A="http://127.0.0.1:8000/services/x", B="http://hooks.example.org/x")
    assert (one.url[:4], other.url[:4]) == ("http", "http")


def test_a_pipe_in_the_place_of_a_secret_holds_nobody_up(tmp_path: Path) -> None:
    """A daemon reads secrets in its main loop, and whoever opens a pipe waits until somebody writes to it."""
    os.mkfifo(tmp_path / "robot.url")
    (line,) = refused(written(tmp_path, 'kind = "wecom"\nurl_file = "robot.url"'))
    assert "robot.url cannot be read: it is no plain file" in line


def test_a_file_that_everybody_can_read_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "robot.url"
    secret.write_text(URL)
    config = load_config(written(tmp_path, 'kind = "wecom"\nurl_file = "robot.url"'))
    secret.chmod(0o644)
    assert open_secrets(config) == [f"{secret}: every user of this machine can read it (mode 644); chmod 600"]
    secret.chmod(0o600)
    assert open_secrets(config) == []
