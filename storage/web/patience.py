"""How long a connection may be held by who does not ask, or does not take the answer: uvicorn itself waits for ever.

Some hundred connections that send nothing would otherwise lock all others out, without any token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol

LOOK_SECONDS: Final = 10.0
"""Between two looks at a connection; one at which nothing was asked for in between is ended."""
LONGEST_LOOKS: Final = 12
"""Looks that one answer may take to be made and taken."""


def patient() -> type[H11Protocol]:
    """The protocol of uvicorn, with an end to its patience."""
    from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: PLC0415 - a tenth of a second of CPU

    class Patient(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._seen: object = None
            self._looks = 0
            self._next = self.loop.call_later(LOOK_SECONDS, self._look)

        def connection_lost(self, exc: Exception | None) -> None:
            self._next.cancel()
            super().connection_lost(exc)

        def _look(self) -> None:
            asked = self.cycle
            self._looks = self._looks + 1 if asked is self._seen else 1
            self._seen = asked
            is_idle = asked is None or asked.response_complete
            if (is_idle and (asked is None or self._looks > 1)) or self._looks > LONGEST_LOOKS:
                self.transport.abort()
                return
            self._next = self.loop.call_later(LOOK_SECONDS, self._look)

    return Patient
