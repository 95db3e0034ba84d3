"""Texts that came from pages, so written that no chat takes them for more than texts."""

from __future__ import annotations

# The chats of China document no way to escape, so what means something to any of them is replaced by its full-width
# twin, which readers hardly notice. Without "@" nobody is called, without "<" no tag begins (`<at id=all>`, `<@user>`,
# `<!channel>`, `<font>`), without brackets no text hides where it leads, and without "://" no program makes a link.
_TWINS = str.maketrans({
    "@": "＠", "<": "＜", ">": "＞", "[": "［", "]": "］", "*": "＊", "#": "＃", "~": "～", "|": "｜", "&": "＆",
    "\\": "＼", "`": "'",
})  # fmt: skip


def inert(text: str) -> str:
    """The text on one line, without anything that a chat would follow."""
    line = "".join(one if one.isprintable() else " " for one in text)
    return line.translate(_TWINS).replace("://", "：//")
