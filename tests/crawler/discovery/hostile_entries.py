"""Entry points made to break a reader of feeds, sitemaps, lists and JSON, of any share of their full size."""

from collections.abc import Callable

HOME = "http://news.example.org/"
TITLE = "市政府部署今年冬季供暖工作要求"


def _rss(inner):
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>要闻</title>{inner}</channel></rss>'


def _items(count, form="<item><title>{t}{n}</title><link>{h}2026/1122/{n}.html</link><guid>{n}</guid></item>"):
    return "".join(form.format(t=TITLE, n=n, h=HOME) for n in range(count))


def _urls(count, more=""):
    return "".join(f"<url><loc>{HOME}2026/1122/{n}.html</loc>{more}</url>" for n in range(count))


def _links(count):
    return "".join(f"<li><a href='/2026/1122/{n}.html'>{TITLE}第{n}条</a> 2026-11-22</li>" for n in range(count))


HOSTILE_ENTRIES: dict[str, tuple[str, Callable[[float], str]]] = {
    "items": ("feed", lambda k: _rss(_items(int(50_000 * k)))),
    "items_that_nobody_closes": ("feed", lambda k: _rss(_items(int(50_000 * k), "<item><link>{h}{n}.html</link>"))),
    "items_with_ampersands": (
        "feed",
        lambda k: _rss(_items(int(20_000 * k), "<item><link>{h}?a=1&b={n}</link></item>")),
    ),
    "items_ill_formed": (
        "feed",
        lambda k: _rss(_items(int(900 * k), "<item><title>{t}<b></title><link>{h}{n}</link>")),
    ),
    "items_in_items": ("feed", lambda k: _rss("<item><title>a</title>" * int(5_000 * k))),
    "an_item_of_ten_megabytes": (
        "feed",
        lambda k: _rss(f"<item><title>{'天冷了。' * int(800_000 * k)}</title></item>"),
    ),
    "an_open_tag_of_five_megabytes": ("feed", lambda k: _rss("<item " + "a" * int(5_000_000 * k))),
    "an_open_attribute_of_five_megabytes": ("feed", lambda k: _rss('<item a="' + "<a" * int(2_500_000 * k))),
    "an_attribute_without_an_end": ("feed", lambda k: _rss('<item a="' + "a " * int(2_500_000 * k))),
    "a_closing_tag_without_an_end": ("feed", lambda k: _rss("<item></item" + " a" * int(2_500_000 * k))),
    "a_declaration_without_an_end": ("feed", lambda k: _rss("<!DOCTYPE a [" + "<!ENTITY " * int(500_000 * k))),
    "an_instruction_without_an_end": ("feed", lambda k: _rss("<?a " + "a " * int(2_500_000 * k))),
    "entities_without_an_end": ("feed", lambda k: _rss("<item><title>" + "&a" * int(1_000_000 * k))),
    "attributes_of_an_item": (
        "feed",
        lambda k: _rss("<item " + " ".join(f"a{n}='1'" for n in range(int(20_000 * k))) + "/>"),
    ),
    "sections_of_characters": ("feed", lambda k: _rss("<item><title>" + "<![CDATA[a]]>" * int(200_000 * k))),
    "comments": ("feed", lambda k: _rss("<!-- a -->" * int(300_000 * k) + _items(9))),
    "html_in_a_title": (
        "feed",
        lambda k: _rss(f"<item><title>{'&lt;b&gt;a&lt;/b&gt;' * int(200_000 * k)}</title></item>"),
    ),
    "levels": ("feed", lambda k: _rss("<a>" * int(200_000 * k))),
    "namespaces": ("feed", lambda k: _rss("".join(f"<x{n}:a xmlns:x{n}='u{n}'/>" for n in range(int(60_000 * k))))),
    "addresses": ("sitemap", lambda k: f"<urlset>{_urls(int(50_000 * k))}</urlset>"),
    "addresses_beyond_the_most": ("sitemap", lambda k: f"<urlset>{_urls(int(200_000 * k))}</urlset>"),
    "addresses_with_dates": ("sitemap", lambda k: f"<urlset>{_urls(int(50_000 * k), '<lastmod>2026-11-22</lastmod>')}"),
    "parts": (
        "sitemap",
        lambda k: "<sitemapindex>"
        + "".join(f"<sitemap><loc>{HOME}s{n}-2026-11.xml</loc></sitemap>" for n in range(int(50_000 * k)))
        + "</sitemapindex>",
    ),
    "lines": ("sitemap", lambda k: "".join(f"{HOME}2026/1122/{n}.html\n" for n in range(int(50_000 * k)))),
    "links": ("listing", lambda k: f"<html><body><ul>{_links(int(10_000 * k))}</ul></body></html>"),
    "links_without_a_list": (
        "listing",
        lambda k: "".join(f"<a href=/{n}.html>{TITLE}{n}</a>" for n in range(int(20_000 * k))),
    ),
    "links_in_tables": ("listing", lambda k: f"<table><tr><td>{_links(int(8_000 * k))}" * 2),
    "boxes_with_a_link": (
        "listing",
        lambda k: "".join(
            f"<div><div><h3><a href='/{n}.html'>{TITLE}{n}</a></h3></div><span>11-22</span></div>"
            for n in range(int(6_000 * k))
        ),
    ),
    "levels_with_links": (
        "listing",
        lambda k: "".join(f"<div><a href=/{n}.html>{TITLE}</a>" for n in range(int(8_000 * k))),
    ),
    "scripts": ("listing", lambda k: "<script>var a = '/2026/1.html';</script>" * int(20_000 * k) + _links(9)),
    "a_json_feed": (
        "feed",
        lambda k: '{"version":"https://jsonfeed.org/version/1.1","items":['
        + ",".join(f'{{"id":"{n}","url":"{HOME}{n}.html","title":"{TITLE}"}}' for n in range(int(50_000 * k)))
        + "]}",
    ),
    "levels_of_json": ("feed", lambda k: '{"items":' + "[" * int(2_000_000 * k)),
    "a_word_of_json": ("feed", lambda k: '{"items":["' + "\\u5929" * int(800_000 * k) + '"]}'),
}  # fmt: skip
"""Kind and text of each, by what it is made of."""
