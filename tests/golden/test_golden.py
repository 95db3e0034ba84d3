"""Pages of the kinds that content systems write, and what a reader takes from each: one assertion a field.

A page is `pages/NAME.html`, the bytes as served, and `pages/NAME.toml`, what is right for a reader. All texts are our
own; the structures are those of the systems that `about` names. Plain keys are fields of `storage.records.Article`;
`X_any` lists answers that are as right as each other; `begins`, `ends`, `contains`, `absent` and `paragraphs` are about
the text, `markdown_*` about the Markdown (white space is not compared); `credits` and `images` must be among those
found; `none` names fields that the page says nothing of; `rejected` pages are no article.
"""

import re
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from crawler.extraction.page import PageInput, extract_page
from storage.records import Article

PAGES = Path(__file__).parent / "pages"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ABOUT = {"about", "url", "content_type"}


def expectations(name):
    return tomllib.loads((PAGES / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def read(name):
    """Article or Rejection of a golden page."""
    said = expectations(name)
    body = (PAGES / f"{name}.html").read_bytes()
    return extract_page(PageInput(body=body, url=said["url"], content_type=said.get("content_type"), now=NOW))


def cells():
    for path in sorted(PAGES.glob("*.toml")):
        for field, expected in expectations(path.stem).items():
            if field not in ABOUT:
                yield pytest.param(path.stem, field, expected, id=f"{path.stem}-{field}")


def squeezed(text):
    return re.sub(r"\s+", "", text or "")


def moment(time):
    """A time as the expectations write it: to the minute with its offset, or the day."""
    if time is None or time.precision == "day":
        return time and time.local
    return time.at.isoformat(timespec="minutes")


def has(value, expected):
    """Whether a record has the attributes of a table; a caption may go on with who took the picture."""
    captioned = "caption" not in expected or (value.caption or "").startswith(expected["caption"])
    return captioned and all(getattr(value, key) == wanted for key, wanted in expected.items() if key != "caption")


def shown(article, field):
    """What an article has for a field of the expectations."""
    if field in ("published", "modified"):
        return moment(getattr(article, field))
    if field == "precision":
        return article.published and article.published.precision
    value = getattr(article, field)
    return list(value) if isinstance(value, tuple) else value


def missing(expected, text):
    return [piece for piece in expected if piece not in text]


def present(expected, text):
    return [piece for piece in expected if piece in text]


def uncredited(article, expected):
    return sorted(set(map(tuple, expected)) - {(credit.role, credit.name) for credit in article.credits})


WRONG = {
    "begins": lambda article, said: not article.text.startswith(said),
    "begins_any": lambda article, said: not article.text.startswith(tuple(said)),
    "ends": lambda article, said: not article.text.endswith(said),
    "ends_any": lambda article, said: not article.text.endswith(tuple(said)),
    "paragraphs": lambda article, said: len(article.text.split("\n\n")) != said,
    "contains": lambda article, said: missing(said, article.text),
    "absent": lambda article, said: present(said, article.text),
    "markdown_contains": lambda article, said: missing(map(squeezed, said), squeezed(article.markdown)),
    "markdown_absent": lambda article, said: present(map(squeezed, said), squeezed(article.markdown)),
    "credits": uncredited,
    "images": lambda article, said: [one for one in said if not any(has(found, one) for found in article.images)],
    "counts": lambda article, said: not (article.counts and has(article.counts, said)),
    "none": lambda article, said: [name for name in said if shown(article, name) is not None],
}
"""What of an expectation about more than one value does not hold; empty for a field that is right."""


def missed(article, field, expected):
    """What of an expectation does not hold: nothing for a field that is right."""
    if field in WRONG:
        return WRONG[field](article, expected)
    if field.endswith("_any"):
        return shown(article, field.removesuffix("_any")) not in expected
    return shown(article, field) != expected


def excerpt(article, field, said):
    """What a failed assertion shows: the value found, or the part of the text that was looked at."""
    if field in ("begins", "begins_any"):
        return article.text[:80]
    if field in ("ends", "ends_any"):
        return article.text[-80:]
    if field in ("contains", "absent", "paragraphs"):
        return article.text
    if field.startswith("markdown"):
        return article.markdown
    return shown(article, field.removesuffix("_any")) if field != "none" else said


@pytest.mark.parametrize(("name", "field", "expected"), list(cells()))
def test_a_golden_page_says_what_a_reader_takes_from_it(name, field, expected):
    result = read(name)
    if field == "rejected":
        assert isinstance(result, Article) is not expected, f"{name}: {result}"
        return
    assert isinstance(result, Article), f"{name} was rejected: {result}"
    wrong = missed(result, field, expected)
    found = excerpt(result, field, expected)
    assert not wrong, f"{name}.{field}: expected {expected!r}, wrong: {wrong!r}, found {found!r}"


def deep_page(levels):
    paragraphs = "".join(f"<p>{line}</p>" for line in LINES)
    return f"<title>{TITLE}</title><body><h1>{TITLE}</h1>{'<div>' * levels}{paragraphs}"


TITLE = "井台边的说书人又开讲了"
LINES = (
    "入夜以后，井台边点起一盏马灯，说书人老满把惊堂木往石头上一拍，四下里就安静了。",
    "他说的是本村的事：哪一年发过大水，哪一家收养了三个没爹没娘的孩子，谁在雪夜里背着邻居走了二十里。",
    "听书的孩子越坐越近，最后把他围成一个圈，圈外站着他们的父亲和祖父。",
    "散场时老满总要留一句：明天谁来，谁先说一段自己的。",
)


def extracted(markup):
    return extract_page(PageInput(body=markup.encode(), url="http://a.example/1.html", now=NOW))


def test_text_eight_hundred_elements_deep_is_found():
    assert LINES[1] in extracted(deep_page(800)).text


def test_a_page_of_twenty_thousand_paragraphs_is_an_article_or_too_complex():
    many = "".join(f"<p>第{number}段说，{LINES[number % 4]}</p>" for number in range(20_000))
    result = extracted(f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{many}</body></html>")
    if isinstance(result, Article):
        assert result.text.startswith("第0段说，")
    else:
        assert result.reason == "too_complex"


def test_every_page_has_its_expectations():
    pages = {path.stem for path in PAGES.glob("*.html")}
    assert pages == {path.stem for path in PAGES.glob("*.toml")}
    assert len(pages) >= 40
