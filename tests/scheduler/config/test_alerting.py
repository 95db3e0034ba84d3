"""What an operator may get wrong of `[watch]`, `[alerts]` and `[[alert]]`, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config_errors import ConfigError
from scheduler.config.file import load_config

HEAD = '[dibao]\ncontact = "ops@example.org"\n'
DUTY = '[[alert]]\nname = "duty"\n'
MAIL = f'{DUTY}kind = "email"\nmail_to = ["a@b.cn"]\nmail_from = "c@b.cn"\nsmtp_host = "b.cn"\n'
ROBOT = f'{DUTY}kind = "dingtalk"\nurl_env = "ROBOT"\n'
SECRETS = ("SEC7f3a9c0b1d2e4f5a6b7c8d9e0f", "https://qyapi.test/send?key=t0ken", "nJ5ABCdefGHI12345xyzab", 471147114711)


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "dibao.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    (tmp_path / "dibao.toml").write_text(f'{HEAD}[[source]]\nname = "a"\nhome = "https://a.cn/"\n{MAIL}', "utf-8")
    config = load_config(tmp_path / "dibao.toml")
    assert (config.watch.enabled, config.watch.seconds, config.watch.country) == (True, 60.0, None)
    assert (config.alerts.quiet_hours, config.alerts.language, config.alerts.group_seconds) == (None, "zh", 60.0)
    assert config.source[0].watch
    assert (config.alert[0].port, config.alert[0].smtp_security) == (587, "starttls")


def test_secret_files_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    text = f'{HEAD}{DUTY}kind = "feishu"\nurl_file = "robot.url"\nsecret_file = "/run/secrets/feishu"\n'
    (tmp_path / "dibao.toml").write_text(text)
    (alert,) = load_config(tmp_path / "dibao.toml").alert
    assert (alert.url_file, alert.secret_file) == (tmp_path / "robot.url", Path("/run/secrets/feishu"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[watch]\ncountry = "cn"', '4: watch.country: no such country: "cn"; did you mean "CN"?'),
        ('[watch]\ncountry = "China"', '4: watch.country: no such country: "China"; expected a code such as "CN"'),
        ("[watch]\nseconds = 0", "4: watch.seconds: expected a number of seconds, 1 to 86,400; got 0"),
        ("[watch]\nenable = true", '4: watch.enable: no such key; did you mean "enabled"?'),
        ('[alerts]\nquiet_hours = "22-7"', '4: alerts.quiet_hours: expected two times such as "22:00-07:00"; got'),
        ('[alerts]\nquiet_hours = "24:00-07:00"', "4: alerts.quiet_hours: expected two times"),
        ('[alerts]\nquiet_hours = "07:00-07:00"', "without the setting no hour is quiet"),
        ('[alerts]\nlanguage = "cn"', '4: alerts.language: expected "zh" or "en"; got "cn"'),
        ('[alerts]\nmin_severity = "errors"', '4: alerts.min_severity: expected "warning" or "error"; got "errors"'),
        ('[alerts]\npage_url = "desk"', "4: alerts.page_url: expected a http:// or https:// address"),
        ('[alert]\nkind = "log"', "3: alert: expected a list in [brackets]"),
        (f'{DUTY}kind = "wechat"', '5: alert "duty" kind: expected "wecom", "dingtalk", "feishu", "slack", "json",'),
        (f'{DUTY}kind = "wecom"', '3: alert "duty": it names its address with either "url_env" or "url_file"'),
        (f'{ROBOT}url_file = "x.url"', 'either "url_env" or "url_file"'),
        (f'{ROBOT}secret_env = "A"\nsecret_file = "b.txt"', 'it has "secret_env" and "secret_file"; remove one'),
        (f'{ROBOT}kinds = ["source_quiet"]', 'no such kind of incident: "source_quiet"; did you mean "source_silent"?'),
        (f'{ROBOT}sources = ["enshi"]', 'alert "duty" sources: no source "enshi" in this file; there is none'),
        (f'{ROBOT}smtp_host = "b.cn"', '"smtp_host" is a setting of email; this alert is of the kind "dingtalk"'),
        (f'{DUTY}kind = "slack"\nurl_env = "A"\nsecret_env = "B"', '"secret_env" is a setting of dingtalk and feishu'),
        (f"{ROBOT}max_attempt = 3", 'no such key; did you mean "max_attempts"?'),
        (f'{MAIL}to = ["a@b.cn"]', 'no such key; did you mean "mail_to"?'),
        (MAIL.replace('["a@b.cn"]', '["a@b.cn\\nBcc: x@y.cn"]'), "mail_to[0]: expected an e-mail address such as"),
        (MAIL.replace('["a@b.cn"]', '["Desk <a@b.cn>"]'), "mail_to[0]: expected an e-mail address such as"),
        (MAIL.replace('["a@b.cn"]', "[]"), 'an alert by e-mail needs "mail_to"'),
        (MAIL.replace('"b.cn"', '"smtp://b.cn"'), "smtp_host: expected a host name alone"),
        (MAIL.replace('"b.cn"', '"b.cn:587"'), "smtp_host: expected a host name alone"),
        (MAIL.replace('"b.cn"', '"192.0.2.1:25"'), "smtp_host: expected a host name alone"),
        (f'{MAIL}smtp_user = "u"', '"smtp_user" needs a password: either "password_env" or "password_file"'),
        (f'{MAIL}password_env = "A"', 'a password needs a "smtp_user"'),
        (f'{MAIL}smtp_user = "u"\npassword_env = "A"\nsmtp_security = "none"', "a password is not sent in clear text"),
        (f"{MAIL}smtp_port = 0", "smtp_port: expected a port, 1 to 65,535; got 0"),
        (f"{ROBOT}{ROBOT}", '8: alert "duty" name: the alert on line 4 has this name too; names must be unique'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_what_is_right(tmp_path: Path, text: str, message: str) -> None:
    (found,) = problems(tmp_path, f"{text}\n")
    assert message in found


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "key", ["url", "token", "secret", "password", "url_env", "secret_env", "url_file", "secret_file"]
)
def test_a_secret_that_stands_in_the_file_by_mistake_is_refused_and_not_repeated(
    tmp_path: Path, key: str, secret: object
) -> None:
    kept = "" if key.startswith("url") else 'url_env = "ROBOT"\n'
    value = secret if isinstance(secret, int) else f'"{secret}"'
    (found,) = problems(tmp_path, f'{DUTY}kind = "dingtalk"\n{kept}{key} = {value}\n')
    assert found.startswith(f'{7 if kept else 6}: alert "duty" {key}: ')
    assert "secret" in found
    assert not any(str(one) in found for one in SECRETS)
