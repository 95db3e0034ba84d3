"""What dibao.toml says of where crawls run: `[engine]`. Without an address in it, on this machine alone."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, WithJsonSchema, model_validator

from crawler.config import Section
from crawler.config_problems import shown
from crawler.config_values import EXPECTED, Switch, number
from scheduler.config.alerting import SecretFile, Variable
from scheduler.config.postgres_url import checked_postgres

ADDRESS_SETTINGS: Final = ("url", "url_env", "url_file")
"""One of them says where the server is."""
DEFAULT_SCHEMA: Final = "dibao"
LONGEST_SCHEMA: Final = 40
"""Characters: names of roles and of channels begin with it, and PostgreSQL cuts names at 63 bytes."""
_LEAST_BEATS: Final = 2
_HELD_ELSEWHERE: Final = (
    "a password does not stand in this section by itself; libpq finds it in PGPASSFILE, or the whole address stands in"
    ' what "url_file" or "url_env" names'
)

warnings.filterwarnings("ignore", message=r'Field name "schema" in "EngineSection" shadows', category=UserWarning)
# pydantic still has an old method of this name, which nobody here calls; PostgreSQL's word for it is that of everybody.


def parse_schema_name(value: str) -> str:
    """The name of a schema of PostgreSQL that needs no quotes. Raises ValueError."""
    of_others = value.startswith("pg_") or value in {"public", "information_schema"}
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", value) or len(value) > LONGEST_SCHEMA or of_others:
        limits = f"a name of its own, at most {LONGEST_SCHEMA} characters of a-z, 0-9 and _, the first no digit"
        raise ValueError(f"expected the name of a schema, {limits}; got {shown(value)}")
    return value


PostgresUrl = Annotated[
    str,
    AfterValidator(checked_postgres),
    WithJsonSchema({"type": "string", EXPECTED: "the address of a PostgreSQL server, postgresql://user@host/database"}),
]
SchemaName = Annotated[
    str,
    AfterValidator(parse_schema_name),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_SCHEMA, "pattern": "^[a-z_][a-z0-9_]*$"}),
]


class EngineSection(Section):
    """Where crawls run: on this machine, or, with the address of a PostgreSQL server, on every `dibao worker` there.

    `connect_seconds`: how long `dibao crawl` waits for the server; the daemon waits for ever.
    """

    REFUSED: ClassVar[Mapping[str, str]] = MappingProxyType({
        "password": _HELD_ELSEWHERE,
        "password_env": _HELD_ELSEWHERE,
        "password_file": _HELD_ELSEWHERE,
        "sslmode": 'it is a part of the address: url = "postgresql://user@host/database?sslmode=verify-full"',
        "sslrootcert": 'it is a part of the address: url = "postgresql://user@host/database?sslrootcert=/etc/ca.crt"',
        "workers": "it belongs in [dibao]; of other machines, `dibao worker --workers` says it",
    })
    """Keys that somebody may write, and what they are told."""

    url: PostgresUrl | None = None
    url_env: Variable = None
    url_file: SecretFile = None
    schema: SchemaName = DEFAULT_SCHEMA  # type: ignore[assignment] # see above
    max_backlog_bytes: Annotated[int, number("a whole number of bytes", 1_000_000, 10**15, whole=True)] = 1024**3
    heartbeat_seconds: Annotated[float, number("a number of seconds", 0.05, 3_600)] = 10.0
    stall_seconds: Annotated[float, number("a number of seconds", 0.1, 86_400)] = 30.0
    connect_seconds: Annotated[float, number("a number of seconds", 0, 86_400)] = 60.0
    allow_plaintext: Switch = False

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        given = [name for name in ADDRESS_SETTINGS if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f'it has "{given[0]}" and "{given[1]}"; remove one')
        return self

    @model_validator(mode="after")
    def _stalls_after_two_beats(self) -> Self:
        if self.stall_seconds < _LEAST_BEATS * self.heartbeat_seconds:
            raise ValueError('"stall_seconds" is less than two "heartbeat_seconds": a healthy worker would be lost')
        return self

    @property
    def is_elsewhere(self) -> bool:
        """Whether crawls run by a server of PostgreSQL."""
        return any(getattr(self, name) is not None for name in ADDRESS_SETTINGS)
