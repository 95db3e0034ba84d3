"""Faults of Dibao's own in what a crawl does without: they end no daemon."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from storage.faults import StorageFault

logger = logging.getLogger(__name__)


class OwnFaults:
    """What broke, by name. Each kind of fault of each is told once: most would come again with every turn."""

    def __init__(self) -> None:
        self._told: set[tuple[str, type[Exception]]] = set()

    @contextmanager
    def outlived(self, what: str) -> Iterator[None]:
        """A block that may break. Raises only StorageFault, which is of the file and not of `what`."""
        try:
            yield
        except StorageFault:
            raise
        except Exception as fault:
            if (what, type(fault)) not in self._told:
                self._told.add((what, type(fault)))
                logger.exception("%s: a fault of Dibao, please report it; the daemon goes on without", what)
