"""The queries that the documents tell readers to type."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = ("README.md", "storage/README.md")
PARAMETERS: dict[str, object] = {"last": 0, "id": 4, "name": "何望", "q": "大桥", "words": "大桥", "source": "a"}
_CODE = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"(?<![\w:]):([a-z_]+)\b")


def recipes() -> list[str]:
    """All of them, in the order of the documents."""
    return [code.strip() for name in DOCUMENTS for code in _CODE.findall((ROOT / name).read_text(encoding="utf-8"))]


def names(sql: str) -> list[str]:
    """The parameters that a reader is to fill in."""
    return list(dict.fromkeys(_NAME.findall(re.sub(r"'[^']*'", "''", sql))))


def finds_nothing(sql: str) -> bool:
    """Whether no row is what the recipe is for, or what the clock brings."""
    return "discovered <>" in sql or "'now'" in sql
