"""Which outlet an article's site is, and whether an article names another one as where its text is from.

Known are what the operator calls the outlet and the source, what a page calls itself where its origin is its own
(`本站`, or the site's own name), and the sites of the agencies from which most texts come. Names are compared without
script variants and without what is said around them: 恩施日报, 恩施日報社 and 据恩施日报报道 are one outlet.

Nothing is learned from other stories. What one article names must not depend on which others came before it, or the
same articles would have other canonical ones in another order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from storage.identity import BadUrl, host_of, site_of
from storage.similarity.folding import SEPARATOR, folded

Naming = Literal["origin", "address", "canonical"]
"""How an article names another as its origin: by the outlet's name, by a link beside that, by rel=canonical."""

IMPORTED = "import"
"""The site of an imported file without an address of its own."""

LONGEST_ORIGIN = 120
"""Characters of an origin that are read."""

LEAST_NAME = 2
"""Characters of the shortest name: 央视, AP."""

# Registrable domains of the agencies and portals that Chinese local news most often names, with what they are called.
AGENCIES = {
    "xinhuanet.com": ("新华社", "新华网", "新华通讯社", "新华每日电讯", "Xinhua"),
    "news.cn": ("新华社", "新华网", "新华通讯社", "新华每日电讯", "Xinhua"),
    "people.com.cn": ("人民网", "人民日报", "人民日报海外版", "People's Daily"),
    "people.cn": ("人民网", "人民日报", "People's Daily"),
    "chinanews.com.cn": ("中新社", "中新网", "中国新闻网", "中国新闻社"),
    "chinanews.com": ("中新社", "中新网", "中国新闻网", "中国新闻社"),
    "cctv.com": ("央视网", "央视", "央视新闻", "中央电视台"),
    "cnr.cn": ("央广网", "中国广播网", "中广网", "中央人民广播电台"),
    "cri.cn": ("国际在线", "中国国际广播电台"),
    "gmw.cn": ("光明网", "光明日报"),
    "youth.cn": ("中国青年网",),
    "cyol.com": ("中国青年报", "中青在线"),
    "chinadaily.com.cn": ("中国日报网", "中国日报", "China Daily"),
    "huanqiu.com": ("环球网", "环球时报"),
    "ce.cn": ("中国经济网", "经济日报"),
    "thepaper.cn": ("澎湃新闻", "澎湃"),
    "caixin.com": ("财新网", "财新"),
    "yicai.com": ("第一财经",),
    "southcn.com": ("南方网", "南方日报"),
    "cnhubei.com": ("荆楚网", "湖北日报"),
    "cna.com.tw": ("中央社", "中央通訊社", "CNA"),
    "ltn.com.tw": ("自由時報",),
    "udn.com": ("聯合報", "聯合新聞網"),
    "zaobao.com.sg": ("联合早报",),
    "zaobao.com": ("联合早报",),
    "reuters.com": ("Reuters", "路透社", "路透"),
    "apnews.com": ("AP", "The Associated Press", "美联社"),
    "afp.com": ("AFP", "Agence France-Presse", "法新社"),
    "bbc.com": ("BBC", "BBC News"),
    "bbc.co.uk": ("BBC", "BBC News"),
    "bloomberg.com": ("Bloomberg", "彭博社"),
    "yna.co.kr": ("Yonhap", "韩联社"),
    "kyodonews.net": ("Kyodo", "共同社"),
}

_BEFORE = ("据", "来源", "来源于", "本文来源", "转自", "转载自", "摘自", "原载", "综合", "the", "via")
_BEHIND = (
    "新闻客户端", "客户端", "微信公众号", "公众号", "官方微信", "官方微博", "微信", "微博", "官网", "网站", "全媒体",
    "报道", "消息", "记者", "综合", "电子版", "数字报", "网", "社", "讯", "电", "app", "online", "newsagency",
)  # fmt: skip
_HAN = re.compile("[\u3400-\u9fff]")
_APART = re.compile(r"[|｜/／、,，;；·•—–－]+|(?<=[\u3400-\u9fff])[\s\u3000-]+(?=[\u3400-\u9fff])|\s[-－]\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """Whose an article is, and whom it names. `site`: its registrable domain; names as `outlet` gives them.

    `names`: of its own outlet; `said`: of the outlet that it names as its origin; `linked`, `canonical`: the sites to
    which its origin's link and its rel=canonical lead. The last three are empty where they name itself.
    """

    site: str
    names: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    linked: str = ""
    canonical: str = ""


def imprint(
    *,
    url: str,
    source: str | None = None,
    home: str | None = None,
    called: Sequence[str] = (),
    origin: str | None = None,
    origin_kind: str | None = None,
    origin_url: str | None = None,
    canonical_url: str | None = None,
) -> Imprint:
    """What an article's row says of its outlet. `url`: its own address; `source`: what its source is called.

    `home`: that of the source; `called`: what the operator says its outlet is called. Both names are the outlet's on
    its own site only: what is imported may be from any. An imported file that has no address of a site is of the
    source's site where the operator names the outlet: whoever says whose a source is says so of its files.
    """
    site = site_of_article(url, home, called)
    own = (*called, source or "") if site == _site(home) else ()
    names = known_names(site) | set(map(outlet, own))
    said = outlets(origin)
    if origin_kind == "own" or said & names:
        names, said = names | said, frozenset()
    linked, canonical = _site(origin_url), _site(canonical_url)
    return _one(
        Imprint(
            site=site,
            names=frozenset(name for name in names if name),
            said=said,
            linked=linked if linked != site else "",
            canonical=canonical if canonical != site else "",
        )
    )


def site_of_article(url: str, home: str | None, called: Sequence[str]) -> str:
    """The registrable domain of an article's address; of an imported file without one, that of its source's `home`.

    Such a file is its source's only where the operator says what the outlet is `called`; any other has `import`.
    """
    site = _site(url)
    return (_site(home) or site) if called and site == IMPORTED else site


def shown_outlet(*, url: str, home: str | None, called: Sequence[str]) -> str | None:
    """What readers are told an article's outlet is called, as the operator wrote it first; None where none is known."""
    return called[0] if called and site_of_article(url, home, called) == _site(home) else None


def naming(one: Imprint, other: Imprint) -> Naming | None:
    """How the first names the second as its origin; None where it does not, or where both are of one site."""
    if one.site == other.site:
        return None
    if one.said & other.names:
        return "origin"
    if one.linked == other.site:
        return "address"
    return "canonical" if one.canonical == other.site else None


class Namings:
    """Whom articles name, counted so that a thousand of them cost no more than what they say differently."""

    def __init__(self, imprints: Iterable[Imprint] = ()) -> None:
        self._voices: Counter[Imprint] = Counter()
        self._by_name: dict[str, set[Imprint]] = {}
        self._by_site: dict[str, set[Imprint]] = {}
        for one in imprints:
            self.add(one)

    def add(self, one: Imprint) -> None:
        """None; what one more article says is counted."""
        said = Imprint(site=one.site, said=one.said, linked=one.linked, canonical=one.canonical)
        if said == Imprint(site=one.site):
            return
        self._voices[said] += 1
        for name in said.said:
            self._by_name.setdefault(name, set()).add(said)
        for site in {said.linked, said.canonical} - {""}:
            self._by_site.setdefault(site, set()).add(said)

    def of(self, other: Imprint) -> int:
        """How many articles name this one."""
        heard = self._by_site.get(other.site, set()).union(*(self._by_name.get(name, ()) for name in other.names))
        return sum(self._voices[said] for said in heard if said.site != other.site)


def outlets(origin: str | None) -> frozenset[str]:
    """The outlets that an origin names, as `outlet` gives them: the whole, and its parts where several are named."""
    if not origin:
        return frozenset()
    cut = origin[:LONGEST_ORIGIN]
    return frozenset(name for part in (cut, *_APART.split(cut)) if (name := outlet(part)))


@lru_cache(maxsize=4096)
def _one(found: Imprint) -> Imprint:
    """The same imprint, one and the same for all articles that have it: a story has a thousand of a few."""
    return found


@lru_cache(maxsize=4096)
def outlet(name: str) -> str:
    """By what an outlet's name is known: its folded letters without the words around it; empty where none is left."""
    key = _letters(name)
    before, behind = _around()
    trimmed = True
    while trimmed:
        trimmed = False
        for word in before:
            if key.startswith(word) and len(key) - len(word) > LEAST_NAME:
                key, trimmed = key[len(word) :], True
        for word in behind:
            if key.endswith(word) and len(key) - len(word) >= LEAST_NAME:
                key, trimmed = key[: -len(word)], True
    return key if len(key) >= LEAST_NAME else ""


@lru_cache(maxsize=1024)
def known_names(site: str) -> frozenset[str]:
    """The names of an agency or portal that has the site; none for all other sites."""
    return frozenset(map(outlet, AGENCIES.get(site, ())))


@lru_cache(maxsize=1)
def _around() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words before and behind a name, folded, the longest first."""

    def ordered(words: tuple[str, ...]) -> Iterator[str]:
        return iter(sorted(map(_letters, words), key=len, reverse=True))

    return tuple(ordered(_BEFORE)), tuple(ordered(_BEHIND))


def _letters(text: str) -> str:
    return "".join(chr(code) for code in folded(text[:LONGEST_ORIGIN]).tolist() if code != SEPARATOR)


@lru_cache(maxsize=4096)
def _site(url: str | None) -> str:
    """The registrable domain of an address, of an `import:` one its word; empty where there is none."""
    if not url:
        return ""
    try:
        return site_of(host_of(url)) or url.partition(":")[0]
    except BadUrl:
        return ""
