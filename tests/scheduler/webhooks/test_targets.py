from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config_errors import ConfigError
from scheduler.config.file import load_config
from scheduler.webhooks.signing import new_secret, parse_secrets
from scheduler.webhooks.targets import open_secrets, read_targets

HEAD = '[dibao]\ncontact = "ops@example.org"\n'


def written(tmp_path: Path, *settings: str) -> Path:
    path = tmp_path / "dibao.toml"
    hooks = [
        f'[[webhook]]\nname = "hook-{number}"\nurl = "https://example.org/"\n{setting}\n'
        for number, setting in enumerate(settings)
    ]
    path.write_text(HEAD + "".join(hooks), encoding="utf-8")
    return path


def refused(path: Path, **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_targets(load_config(path), path, environment)
    return str(caught.value)


def test_a_secret_is_in_the_environment_or_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    one, two, three = new_secret(), new_secret(), new_secret()
    (tmp_path / "hook.secret").write_text(f"{two} {three}\n")
    path = written(tmp_path, 'secret_env = "HOOK"', 'secret_file = "hook.secret"')
    first, second = read_targets(load_config(path), path, {"HOOK": one})
    assert first.keys == parse_secrets(one)
    assert second.keys == parse_secrets(f"{two} {three}")
    assert [target.name for target in read_targets(load_config(path), path, {}, only=["hook-1"])] == ["hook-1"]


def test_every_secret_that_is_missing_is_told_with_its_line_and_name(tmp_path: Path) -> None:
    path = written(tmp_path, 'secret_env = "HOOK"', 'secret_file = "hook.secret"', 'secret_env = "BAD"')
    expected = 'expected "whsec_" and 24 to 64 bytes in base64'
    said = refused(path, BAD="s3cret").splitlines()
    assert said == [
        f'{path}:6: webhook "hook-0" secret_env: the environment has no HOOK; set it where dibao is started',
        f'{path}:10: webhook "hook-1" secret_file: {tmp_path}/hook.secret cannot be read: no such file or directory',
        f'{path}:14: webhook "hook-2" secret_env: the variable BAD: {expected}; what is there begins otherwise',
    ]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"whsec_", bytes(100), b"A" * 100_000])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hook.secret").write_bytes(content)
    assert "hook.secret" in refused(written(tmp_path, 'secret_file = "hook.secret"'))


def test_a_secret_that_everybody_can_read_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "hook.secret"
    secret.write_text(new_secret())
    config = load_config(written(tmp_path, 'secret_file = "hook.secret"'))
    secret.chmod(0o644)
    assert open_secrets(config) == [f"{secret}: every user of this machine can read it (mode 644); chmod 600"]
    secret.chmod(0o640)
    assert open_secrets(config) == []
