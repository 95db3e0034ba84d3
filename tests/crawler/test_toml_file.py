from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config_errors import ConfigError
from crawler.toml_file import TomlFile, parse_toml, read_toml

EVERY_KIND_OF_KEY = b"""\
# a comment with [a] table = "in it"
top = 1
"quoted key" = '''
[not a table]
x = 2
'''
dotted.inner.key = true  # [[source]]

[dibao]
database = "news # not a comment.db"
contact = 'ops@example.org'
long = \"\"\"
contact = "no" \\\"\"\" ]
\"\"\"\"\"
after = 1979-05-27 07:32:00

[fetch.'deep key']
list = [
  1, # one ]
  "]",
  [2, [3,
    4]],
]

[[source]]
name = "a"
listings = [{ url = "u", links = "l" }, { url = "v" }]

[[source.part]]
x = 1
[[source]]
name = "b"
  [[source.part]]
  x = 2
  [[source.part]]
  x = 3
  [source.part.below]
  y = 4
inline = { a.b = 1, "c d" = { e = [1, 2] } }
"""


@pytest.fixture
def toml() -> TomlFile:
    return parse_toml(EVERY_KIND_OF_KEY, Path("dibao.toml"))


@pytest.mark.parametrize(
    ("key_path", "line"),
    [
        (("top",), 2),
        (("quoted key",), 3),
        (("dotted",), 7),
        (("dotted", "inner", "key"), 7),
        (("dibao",), 9),
        (("dibao", "database"), 10),
        (("dibao", "contact"), 11),
        (("dibao", "after"), 15),
        (("fetch", "deep key"), 17),
        (("fetch", "deep key", "list"), 18),
        (("fetch", "deep key", "list", 0), 19),
        (("fetch", "deep key", "list", 1), 20),
        (("fetch", "deep key", "list", 2, 1, 1), 22),
        (("source", 0), 25),
        (("source", 0, "name"), 26),
        (("source", 0, "listings", 1, "url"), 27),
        (("source", 0, "part", 0, "x"), 30),
        (("source", 1), 31),
        (("source", 1, "name"), 32),
        (("source", 1, "part", 1, "x"), 36),
        (("source", 1, "part", 1, "below", "y"), 38),
        (("source", 1, "part", 1, "below", "inline", "a", "b"), 39),
        (("source", 1, "part", 1, "below", "inline", "c d", "e", 1), 39),
    ],
)
def test_each_key_table_and_element_has_its_line(toml: TomlFile, key_path: Any, line: int) -> None:
    assert toml.line_of(key_path) == line


def test_a_key_that_is_not_there_has_the_line_of_the_table_around_it(toml: TomlFile) -> None:
    assert toml.line_of(("dibao", "workers")) == 9
    assert toml.line_of(("source", 1, "home")) == 31
    assert toml.line_of(("nowhere", "at all")) == 1
    assert toml.line_of(()) == 1


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"[dibao]\ndatabase = \n", "dibao.toml:2: not valid TOML: invalid value (column 12)"),
        (b"[dibao]\nx = 'open\n\n", "dibao.toml:2: not valid TOML"),
        (b"[dibao]\nx = [1,\n", "dibao.toml:2: not valid TOML: invalid value (end of the file)"),
        (b"[fetch]\n[fetch]\n", "dibao.toml:2: not valid TOML: cannot declare ('fetch',) twice (column 7)"),
        (b"[dibao]\nx = '\xd6\xd0'\n", "dibao.toml:2: not UTF-8 (byte 0xd6); save the file as UTF-8"),
    ],
)
def test_a_syntax_error_is_told_with_its_line(raw: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_toml(raw, Path("dibao.toml"))
    assert str(caught.value).startswith(message)


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    path.write_bytes(b'\xef\xbb\xbf[dibao]\r\nname = "x"\r\n\r\n[fetch]\r\ndelay_seconds = 1\r\n')
    toml = read_toml(path)
    assert toml.data == {"dibao": {"name": "x"}, "fetch": {"delay_seconds": 1}}
    assert toml.line_of(("fetch", "delay_seconds")) == 5


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: no such file"):
        read_toml(tmp_path / "nothing.toml")
    with pytest.raises(ConfigError, match="is a directory"):
        read_toml(tmp_path)


KEYS = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
SCALARS = st.sampled_from(
    ["1", '"a # ] }"', "'[x]'", "true", '"""\n[t]\nk = 1\n"""', "'''\n'\n'''", "[\n 1,\n]", "{ z = [[]] }"]
)


@given(st.lists(st.tuples(KEYS, st.dictionaries(KEYS, SCALARS, max_size=4)), max_size=5))
def test_the_locator_agrees_with_the_parser_on_any_file(tables: list[tuple[str, dict[str, str]]]) -> None:
    text, expected = "", {}
    for number, (_, values) in enumerate(tables):
        expected["t", number] = text.count("\n") + 1
        text += "[[t]] # [u]\n"
        for key, value in values.items():
            expected["t", number, key] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    toml = parse_toml(text.encode(), Path("x.toml"))
    assert {path: toml.lines[path] for path in expected} == expected
