"""Bytes of a page to text, with what told the encoding. Never raises, whatever the bytes.

Labels follow the WHATWG Encoding Standard (section 4.2) with two widenings that lose nothing: gb2312 and gbk mean
gb18030, big5 means big5-hkscs. A declaration is a claim, not a fact: it is believed only where it gives readable text.
"""

from __future__ import annotations

import codecs
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Evidence = Literal["bom", "utf-8 content", "http header", "meta", "content", "repaired"]

META_SCAN_BYTES = 64 * 1024
"""Where <meta charset> is looked for. The standard says 1024; Chinese portals put it after 8 KB of scripts."""

UTF16_SCAN_BYTES = 64

SAMPLE_CHARS = 20_000
"""Non-ASCII characters by which a candidate is judged: enough for a stable share, bounded in time."""

GOOD_QUALITY = 0.45
"""A declared encoding of this quality is taken without asking others. Measured on the 201 pages of zh-dev: true
encodings score .58 and more, a wrong one of gb18030, big5, euc-kr, shift_jis and windows-1252 at most .31
(tests/crawler/test_decoding.py re-tests it)."""

CLAIM_BONUS = 0.1
"""What a declaration is worth against a rival, in quality: settles ties of short texts."""

FEW_CHARS = 8
"""Of so few characters the letters say little: a declared multibyte encoding in which nothing is broken is worth as
much again for each time that the text is shorter. (Single-byte ones break nowhere, and servers say them unasked.)"""

VALID_UTF8_SHARE = 0.9
"""Share of high bytes in valid UTF-8 sequences above which a text with broken bytes is UTF-8: no other comes near."""

TOLERATED_REPLACEMENTS = 0.005
"""Share of undecodable bytes among the high ones that a believed declaration may have."""

MOJIBAKE_LETTERS = 200
"""Characters U+00A0-02FF in a text almost without Han that make a second, wrong decoding probable."""

MOJIBAKE_SAMPLE = 20_000
"""Characters in which a page that was decoded rightly shows its Han."""

_WEIGHTS_KEPT = 32_768
"""Characters whose worth is remembered: more than any page has, and most of what two readings of it have."""

DETECTOR_CONTEXT = 64
DETECTOR_BYTES = 16 * 1024
"""What the slow detector (charset-normalizer) gets to see."""

_UTF8 = "utf-8"
_GB = "gb18030"
_BIG5 = "big5-hkscs"
_LATIN = "windows-1252"

# WHATWG names and the Python codecs that decode them. Codecs that are no web encodings (utf-7, punycode) are absent.
_CODECS = {
    _UTF8: "utf-8",
    _GB: "gb18030",
    _BIG5: "big5hkscs",
    "shift_jis": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "euc-kr": "cp949",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "ibm866": "cp866",
    "windows-874": "cp874",
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"iso-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}

_LABELS = {
    _UTF8: "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 unicode utf-8-sig",
    _GB: "gb2312 gbk gb_2312 gb_2312-80 gb18030-2022 chinese csgb2312 csiso58gb231280 iso-ir-58 x-gbk cp936 ms936 "
    "windows-936 euc-cn gb-2312 gb2312-80 zh_cn hz-gb-2312",
    _BIG5: "big5 big5-eten cn-big5 csbig5 x-x-big5 big5hkscs big5-hk cp950 ms950 big-5 zh_tw",
    "shift_jis": "csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis cp932",
    "euc-jp": "cseucpkdfmtjapanese x-euc-jp eucjp",
    "iso-2022-jp": "csiso2022jp",
    "euc-kr": "cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601"
    " windows-949 cp949 uhc",
    "utf-16le": "utf-16 ucs-2 iso-10646-ucs-2 csunicode unicodefeff",
    "utf-16be": "unicodefffe",
    "koi8-r": "cskoi8r koi koi8 koi8_r",
    "koi8-u": "koi8-ru",
    "macintosh": "csmacintosh mac x-mac-roman",
    "x-mac-cyrillic": "x-mac-ukrainian",
    "ibm866": "866 cp866 csibm866",
    "windows-874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620",
    _LATIN: "ansi_x3.4-1968 ascii us-ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
    "iso_8859-1 iso_8859-1:1987 l1 latin1 x-cp1252",
    "windows-1254": "csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5",
    "iso-8859-2": "csisolatin2 iso-ir-101 iso_8859-2:1987 l2 latin2",
    "iso-8859-3": "csisolatin3 iso-ir-109 iso_8859-3:1988 l3 latin3",
    "iso-8859-4": "csisolatin4 iso-ir-110 iso_8859-4:1988 l4 latin4",
    "iso-8859-5": "csisolatincyrillic cyrillic iso-ir-144 iso_8859-5:1988",
    "iso-8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6-e iso-8859-6-i"
    " iso-ir-127",
    "iso-8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 iso_8859-7:1987 sun_eu_greek",
    "iso-8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8-e iso-8859-8-i iso-ir-138 logical visual",
    "iso-8859-10": "csisolatin6 iso-ir-157 l6 latin6",
    "iso-8859-15": "csisolatin9 l9",
}

_BOMS = ((codecs.BOM_UTF8, _UTF8), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))

_MULTIBYTE = frozenset({_GB, _BIG5, "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr"})

_TRIALS = (_UTF8, _GB, _BIG5, "shift_jis", "euc-jp", "euc-kr", _LATIN)

# The commonest Han of running news text, simplified and traditional: a third and more of any real Chinese text, and of
# Chinese read in a wrong encoding hardly a twentieth.
_COMMON_HAN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方"
    "多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情"
    "明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给"
    "世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活更别打女变四总何电数安少报才结反受目太量再"
    "感建务做接必场件计管期市直德资命山金指许统区保至队形社便空决治展马科司五基书非则听白却界达光放强即难且权思王完设式色路记"
    "南品住告类求据程北边死张该交规万取望觉术领共确传师观清今切院让识候带导争运网者闻新据称讯视频图片编辑责任来源"
    "這個們來為國時會對說過發後經現當沒動還進樣實軍無與長機間問業將兩關點從學開體應戰頭見產話給門東聲員論處義幾認條氣題別變"
    "總電數報結場計資統區隊決馬書則聽強難權類據邊張該規萬術領確傳師觀讓識帶導爭運網聞訊頻圖編輯責臺灣灣於裡麼"
)
_COMMON_HANGUL = frozenset(
    "이다는을의에가고하지로를은한도서어사기인대정리시나자해그수라부전보제일있했스과니장만아원주상들국것으적여구경안조게요동와까"
)

_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_VALID_UTF8_RUN = re.compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})"
)
_UTF8_HAN = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}")
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_MOJIBAKE_RUN = re.compile(r"[\u00a0-\u02ff]+")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN_RUN = re.compile(r"[\u00a1-\u02ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u20ac]{3,}")
_TAG_START = re.compile(rb"<!--|</?([a-zA-Z][^\s/>]*)")
_TAG_END = re.compile(rb"[\s/]*>")
_XML_DECLARATION = re.compile(rb"\A\s{0,64}<\?xml[^>]{0,256}?encoding\s*=\s*[\"']([\w.:\-]{1,40})", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rb"""[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)(?:"|\Z)|'([^']*)(?:'|\Z)|([^\s>"'][^\s>]*)))?"""
)
_CHARSET_PARAMETER = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a body, the WHATWG name of its encoding, what told it, and how many characters had to be replaced."""

    text: str
    encoding: str
    evidence: Evidence
    replaced: int = 0


def codec_name(label: str) -> str | None:
    """WHATWG-like name of a label as pages write it ("GB2312", "utf8"), or None for one that is no web encoding."""
    cleaned = label.strip().strip("\"'").strip().lower()
    name = _ALIASES.get(cleaned) or _ALIASES.get(cleaned.replace("_", "-"))
    if name is None and (numbered := re.fullmatch(r"(?:x-)?(?:cp|win|windows)-?(\d{3,4})", cleaned)):
        name = f"windows-{numbered[1]}"
    if name is None and (numbered := re.fullmatch(r"iso[-_ ]?8859[-_ ]?(\d{1,2})", cleaned)):
        name = _ALIASES.get(f"iso-8859-{numbered[1]}")
    return name if name in _CODECS else None


def _aliases() -> dict[str, str]:
    """Every known label with its name."""
    table = {name: name for name in _CODECS}
    for name, labels in _LABELS.items():
        table.update(dict.fromkeys(labels.split(), name))
    return table


_ALIASES = _aliases()


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Text of `body` with encoding and evidence. Undecodable bytes become U+FFFD and are counted; nothing is raised.

    Order: byte order mark, strict UTF-8 with multibyte characters, HTTP header, <meta>, content. A character cut at the
    end of the body is dropped.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _repaired(_decoded(body[len(mark) :], name, "bom"))
    if not body:
        return Decoded("", _UTF8, "content")
    text = _strict_utf8(body)
    if text is not None and len(text) < len(body) - 3:
        return _repaired(Decoded(text, _UTF8, "utf-8 content"))
    wide = unmarked_utf16(body)
    if wide:
        return _decoded(body, wide, "content")
    return _repaired(_by_claim_or_content(body, list(_claims(body, content_type))))


def _by_claim_or_content(body: bytes, claims: list[tuple[str, Evidence]]) -> Decoded:
    """First claim that gives good text; else the best of all candidates."""
    high = len(_HIGH_BYTE.findall(body))
    if high and _valid_utf8_share(body, high) >= VALID_UTF8_SHARE:
        return _decoded(body, _UTF8, "utf-8 content")
    tried: list[tuple[float, Decoded]] = []
    for name, evidence in claims:
        candidate = _decoded(body, name, evidence)
        if not high:
            return candidate
        quality = _quality(candidate.text)
        if quality >= GOOD_QUALITY and candidate.replaced <= TOLERATED_REPLACEMENTS * high:
            return candidate
        tried.append((quality + _claim_bonus(candidate), candidate))
    if not high:
        return _decoded(body, _UTF8, "content")
    claimed = {name for name, _ in claims}
    tried += [_tried(body, name) for name in _TRIALS if name not in claimed]
    if max(tried, key=_score)[0] < GOOD_QUALITY:
        tried += [_tried(body, name) for name in _detected(body) if name not in claimed]
    return max(tried, key=_score)[1]


def _claim_bonus(candidate: Decoded) -> float:
    """What it is worth, in quality, that this encoding was declared."""
    if candidate.replaced or candidate.encoding not in _MULTIBYTE:
        return CLAIM_BONUS
    few = len("".join(_NON_ASCII.findall(candidate.text[:SAMPLE_CHARS])))
    return CLAIM_BONUS * (1 + FEW_CHARS / max(1, few))


def _tried(body: bytes, name: str) -> tuple[float, Decoded]:
    """(quality, text) of one encoding that nothing declares."""
    candidate = _decoded(body, name, "content")
    return _quality(candidate.text), candidate


def _score(scored: tuple[float, Decoded]) -> float:
    """The quality of a tried encoding."""
    return scored[0]


def _claims(body: bytes, content_type: str | None) -> Iterator[tuple[str, Evidence]]:
    """Encodings that the header and the page declare, in the order of the standard."""
    seen = set()
    header = _CHARSET_PARAMETER.search((content_type or "")[:512])
    name = codec_name(header[1]) if header else None
    # ASCII-compatible here: a UTF-16 body was recognised before, so the label cannot be true.
    if name and not name.startswith("utf-16"):
        seen.add(name)
        yield name, "http header"
    name = _meta_charset(body[:META_SCAN_BYTES])
    if name and name not in seen:
        yield name, "meta"


def _meta_charset(head: bytes) -> str | None:
    """Encoding that a <meta> (or XML declaration) names; utf-16 there means utf-8 (HTML 13.2.3.2)."""
    for label in _meta_labels(head):
        name = codec_name(label)
        if name:
            return _UTF8 if name.startswith("utf-16") else name
    return None


def _meta_labels(head: bytes) -> Iterator[str]:
    """Labels of <meta> elements in document order, then that of an XML declaration (HTML 13.2.3.2, prescan)."""
    for tag, attributes in _tags(head):
        if tag != b"meta":
            continue
        pragma = attributes.get("http-equiv", "").lower() == "content-type"
        parameter = _CHARSET_PARAMETER.search(attributes.get("content", "")) if pragma else None
        if attributes.get("charset"):
            yield attributes["charset"]
        elif parameter:
            yield parameter[1]
    declaration = _XML_DECLARATION.match(head)
    if declaration:
        yield declaration[1].decode("latin-1")


def _tags(head: bytes) -> Iterator[tuple[bytes, dict[str, str]]]:
    """Start tags with their attributes, comments skipped; a tag that does not end ends the scan."""
    at = 0
    while tag := _TAG_START.search(head, at):
        if tag[0] == b"<!--":
            at = head.find(b"-->", tag.start() + 2)
            if at < 0:
                return
            continue
        attributes: dict[str, str] = {}
        at = tag.end()
        while attribute := _ATTRIBUTE.match(head, at):
            at = attribute.end()
            value = attribute[2] or attribute[3] or attribute[4] or b""
            attributes.setdefault(attribute[1].decode("latin-1").lower(), value.decode("latin-1"))
        end = _TAG_END.match(head, at)
        if not end:
            return
        at = end.end()
        yield tag[1].lower(), attributes


def _decoded(body: bytes, name: str, evidence: Evidence) -> Decoded:
    """`body` in one encoding; a cut last character is dropped, undecodable bytes are counted."""
    decoder = codecs.getincrementaldecoder(_CODECS[name])("replace")
    text = decoder.decode(body, final=False)
    if name == _LATIN:
        text = _c1_for_undefined(body, text)
    own = body.count(b"\xef\xbf\xbd") if name == _UTF8 else 0
    return Decoded(text, name, evidence, max(0, text.count("\ufffd") - own))


def _c1_for_undefined(body: bytes, text: str) -> str:
    """windows-1252 as WHATWG has it: the five bytes without a letter stand for C1 controls."""
    if "\ufffd" not in text:
        return text
    return "".join(chr(byte) if char == "\ufffd" else char for byte, char in zip(body, text, strict=True))


def _strict_utf8(body: bytes) -> str | None:
    """Text if the body is valid UTF-8, a cut last character apart; else None."""
    try:
        return codecs.getincrementaldecoder("utf-8")("strict").decode(body, final=False)
    except UnicodeDecodeError:
        return None


def _valid_utf8_share(body: bytes, high: int) -> float:
    """Share of the high bytes that stand in well-formed UTF-8 sequences."""
    return sum(map(len, _VALID_UTF8_RUN.findall(body))) / high


def unmarked_utf16(body: bytes) -> str | None:
    """Name of the UTF-16 that a body without mark is in, or None: its markup is NUL in every second byte."""
    head = body[:UTF16_SCAN_BYTES]
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half < UTF16_SCAN_BYTES // 4 or max(even, odd) < 0.4 * half or min(even, odd) > 0.1 * half:
        return None
    return "utf-16le" if odd > even else "utf-16be"


def _quality(text: str) -> float:
    """How much a text looks like text, about -2 to 1: mean weight of its first non-ASCII characters."""
    runs: list[str] = []
    left = SAMPLE_CHARS
    for run in _NON_ASCII.finditer(text):
        runs.append(run[0][:left])
        left -= run.end() - run.start()
        if left <= 0:
            break
    counts = Counter("".join(runs))
    total = counts.total()
    if not total:
        return 1.0
    latin_runs = sum(len(run) for run in _LATIN_RUN.findall(text[: 20 * SAMPLE_CHARS]))
    score = sum(_weight(char) * count for char, count in counts.items()) / total
    return score - 1.2 * min(1.0, latin_runs / total)


@lru_cache(maxsize=_WEIGHTS_KEPT)
def _weight(char: str) -> float:  # noqa: PLR0911 - a table of ranges
    """Worth of one non-ASCII character as a sign that the decoding is right."""
    code = ord(char)
    if char in _COMMON_HAN or char in _COMMON_HANGUL or 0x3041 <= code <= 0x30FF:  # noqa: PLR2004 - kana
        return 1.0
    if 0x4E00 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3:  # noqa: PLR2004 - other Han, other Hangul
        return 0.3
    if 0x3000 <= code <= 0x3020 or 0xFF01 <= code <= 0xFF5E or 0x2010 <= code <= 0x2026:  # noqa: PLR2004 - punctuation
        return 1.0
    if code < 0xA0 or char == "\ufffd" or 0xE000 <= code <= 0xF8FF:  # noqa: PLR2004 - C1, replaced, private use
        return -2.0
    if code < 0x0250:  # noqa: PLR2004 - Latin letters and signs
        return 0.7
    if code < 0x1100:  # noqa: PLR2004 - Greek, Cyrillic, Hebrew, Arabic, Thai ...
        return 0.6
    return -0.5 if 0xFF61 <= code <= 0xFF9F else 0.0  # noqa: PLR2004 - half-width kana: GBK read as Shift_JIS


def _detected(body: bytes) -> list[str]:
    """Guess of charset-normalizer for texts that nothing else explains: Cyrillic, Greek, Thai ... One name or none."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - slow to import, seldom needed

    logging.getLogger("charset_normalizer").setLevel(logging.ERROR)
    first = _HIGH_BYTE.search(body)
    start = max(0, first.start() - DETECTOR_CONTEXT) if first else 0
    best = from_bytes(body[start : start + DETECTOR_BYTES], preemptive_behaviour=False).best()
    name = codec_name(best.encoding.replace("_", "-")) if best else None
    return [name] if name else []


def _repaired(decoded: Decoded) -> Decoded:
    """The text behind one that was decoded wrongly and saved so (GBK or UTF-8 read as Latin-1), or the same value."""
    if _is_han(decoded.text[:MOJIBAKE_SAMPLE]):
        return decoded
    letters = sum(map(len, _MOJIBAKE_RUN.findall(decoded.text)))
    if letters <= MOJIBAKE_LETTERS or _han(decoded.text) > letters / 20:
        return decoded
    best, best_quality = decoded, _quality(decoded.text) + CLAIM_BONUS
    for wrong in ("iso8859_15", "latin_1", "cp1252"):
        body = decoded.text.encode(wrong, "replace")
        # GBK read as UTF-8 is all replacements, which take ten times as long; so the bytes are counted first.
        for name in (_UTF8, _GB) if len(_UTF8_HAN.findall(body)) > letters / 4 else (_GB,):
            candidate = _decoded(body, name, "repaired")
            if _han(candidate.text) > letters / 4 and (quality := _quality(candidate.text)) > best_quality:
                best, best_quality = candidate, quality
    return best


def _is_han(text: str) -> bool:
    """Whether there are more than MOJIBAKE_LETTERS Han characters; as a rule the menu tells, and no more is read."""
    found = 0
    for run in _HAN_RUN.finditer(text):
        found += run.end() - run.start()
        if found > MOJIBAKE_LETTERS:
            return True
    return False


def _han(text: str) -> int:
    """Number of Han characters."""
    return sum(map(len, _HAN_RUN.findall(text)))
