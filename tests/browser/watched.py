"""A page in a real browser, and all that happened on it that must not: errors, dialogs, requests to elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSPECT = Path(__file__).with_name("inspect.js").read_text(encoding="utf-8")
SHOWN = 40
_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """How somebody looks at a page."""

    lang: str
    scheme: str
    width: int
    height: int

    @property
    def name(self) -> str:
        return f"{self.lang}-{self.scheme}-{self.width}"


MODES = tuple(
    Mode(lang=lang, scheme=scheme, width=width, height=height)
    for lang in ("zh", "en")
    for scheme in ("light", "dark")
    for width, height in ((360, 740), (1280, 900))
)
HTML_LANG = {"zh": "zh-Hans", "en": "en"}


class Watched:
    """One page, at the address of a service."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address.rstrip("/")
        self.faults: list[str] = []
        page.on("console", lambda message: self._noted(message.type, message.text))
        page.on("pageerror", lambda error: self._noted("error", str(error)))
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._asked(request.url))
        page.add_init_script(_VIOLATIONS)
        self._quiet = False

    def open(self, path: str, *, lang: str | None = None, status: int = 200) -> int:
        """The status; the page is there. `status`: that which it must have, of which the console may tell."""
        self._quiet = status >= 400
        joined = path if lang is None else f"{path}{'&' if '?' in path else '?'}lang={lang}"
        answer = self.page.goto(self.address + joined, wait_until="load")
        found = answer.status if answer is not None else 0
        if found != status:
            self.faults.append(f"{path}: it answers {found}, not {status}")
        self.faults += [f"{path}: {one}" for one in self.page.evaluate("window.violations || []")]
        return int(found)

    def inspected(self, path: str, lang: str) -> None:
        """None; what is wrong with the page as it stands is noted."""
        said = self.page.evaluate("[document.documentElement.lang, document.title]")
        if said[0] != HTML_LANG[lang]:
            self.faults.append(f"{path}: it says that it is in {said[0]!r}")
        name = {"zh": "邸报", "en": "Dibao"}[lang]
        if not said[1].endswith(f" · {name}") or len(said[1]) <= len(name) + 3:
            self.faults.append(f"{path}: its title is {said[1]!r}")
        self.faults += [f"{path}: {one}" for one in self.page.evaluate(INSPECT)]

    def assert_well(self) -> None:
        """None; nothing was wrong on any page."""
        different = dict.fromkeys(self.faults)
        assert not different, f"{len(different)} faults:\n" + "\n".join([*different][:SHOWN])

    def _noted(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not (self._quiet and "status of 4" in text):
            self.faults.append(f"{self.page.url}: console: {text}")

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"{self.page.url}: dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        if not url.startswith(f"{self.address}/"):
            self.faults.append(f"{self.page.url}: it asks {url}")


@contextmanager
def watched(browser: Any, address: str, mode: Mode) -> Iterator[Watched]:
    """A page of a visitor of its own."""
    context = browser.new_context(
        viewport={"width": mode.width, "height": mode.height}, color_scheme=mode.scheme, locale="zh-CN",
        timezone_id="Asia/Shanghai", reduced_motion="reduce",
    )  # fmt: skip
    try:
        yield Watched(context.new_page(), address)
    finally:
        context.close()
