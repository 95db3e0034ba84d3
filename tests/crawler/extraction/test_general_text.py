"""The main text of pages in other languages than Chinese, and how it is written."""

import pytest
from lxml import etree

from crawler.extraction.chrome import block_key
from crawler.extraction.cleaning import clean_markup
from crawler.extraction.markup import tei
from crawler.extraction.text.general_text import GeneralPage, general_text

URL = "https://news.example/2026/snow.html"
FIRST = "The first snow of the winter fell on the harbour on Monday morning, and the ferries stayed in port until noon."
SECOND = "Nobody was hurt, said the harbour master, who counted eleven boats with broken ropes and two sunk."
THIRD = "The school on the island opens again on Wednesday, when the road to the northern beach is free of ice."
LAST = "More snow is expected at the weekend, and the island has ordered forty tonnes of salt from the mainland."


def read(markup, url, **more):
    """The body of a page by the general way."""
    return general_text(GeneralPage(markup=markup, url=url), **more)


def page(body):
    return clean_markup(f"<html><head><title>Snow stops the ferries</title></head><body>{body}</body></html>")


def article(*parts):
    return page(f"<article><h1>Snow stops the ferries</h1>{''.join(parts)}</article>")


def p(text):
    return f"<p>{text}</p>"


def test_what_the_host_repeats_is_left_out_unless_it_is_most_of_the_text():
    notice = "Readers of the island gazette keep this page free for all with their yearly gifts to our society."
    markup = article(p(FIRST), p(SECOND), p(THIRD), p(notice))
    taught = general_text(GeneralPage(markup=markup, url=URL, chrome=frozenset({block_key(notice)})))
    assert taught.text.split("\n\n") == [FIRST, SECOND, THIRD]
    assert (taught.learned, notice in read(markup, URL).text) == (1, True)
    copied = general_text(GeneralPage(markup=markup, url=URL, chrome=frozenset(map(block_key, (FIRST, SECOND, THIRD)))))
    assert (copied.learned, FIRST in copied.text) == (0, True)


def lines_of(markup):
    body = read(markup, URL)
    return body.text.split("\n\n") if body else []


def markdown_of(body):
    return tei.markdown_of(etree.fromstring(f"<body>{body}</body>"), URL)


def test_the_paragraphs_are_the_text_and_the_headline_is_not_repeated_in_it():
    assert lines_of(article(p(FIRST), p(SECOND), p(LAST))) == [FIRST, SECOND, LAST]


@pytest.mark.parametrize(
    "box",
    [
        '<div class="article-newsletter"><p>Get our letter every morning, it tells you of all that matters.</p></div>',
        "<aside><p>The harbour was built in 1911 and has been enlarged twice since then, most recently.</p></aside>",
        '<div role="complementary"><p>Ten pictures of the ferries in the ice, by our readers on the island.</p></div>',
        "<div style='display: none'><p>This browser is too old for the video that stands in this place.</p></div>",
        '<p>Related: <a href="/2025/ice.html">Ice on the northern beach for the first time</a></p>',
        '<ul><li><a href="/a.html">Ferries in the ice</a></li><li><a href="/b.html">Salt runs out now</a></li></ul>',
        '<a href="/c.html"><h3>Salt runs out</h3><p>The mainland has none left for the islands this winter.</p></a>',
    ],
)
def test_a_box_beside_the_article_is_not_part_of_the_text(box):
    assert lines_of(article(p(FIRST), p(SECOND), box, p(THIRD), p(LAST))) == [FIRST, SECOND, THIRD, LAST]


def test_a_body_is_kept_whatever_the_name_of_its_box():
    body = f'<div class="promo"><h2>What the harbour says</h2>{p(FIRST)}{p(SECOND)}{p(THIRD)}{p(LAST)}</div>'
    assert lines_of(page(f"<article>{body}</article>"))[-4:] == [FIRST, SECOND, THIRD, LAST]


def test_a_body_in_two_boxes_of_one_class_is_read_to_its_end():
    first, second = (f'<div class="article__body">{p(a)}{p(b)}</div>' for a, b in ((FIRST, SECOND), (THIRD, LAST)))
    assert lines_of(article(first, second)) == [FIRST, SECOND, THIRD, LAST]


def test_text_that_stands_right_in_a_box_between_line_breaks_is_read():
    box = f"<div class='content'>{FIRST}<br><br>{SECOND}<br><br>{THIRD} <b>{LAST}</b><div></div></div>"
    assert lines_of(article(box)) == [FIRST, SECOND, f"{THIRD} {LAST}"]


def test_notices_at_the_end_go_and_the_same_words_in_the_middle_stay():
    inside = "You can sign up for the ferry in the harbour office, which opens at seven, says the harbour master."
    end = "Follow us on Twitter for news of the ferries."
    assert lines_of(article(p(FIRST), p(inside), p(SECOND), p(LAST), p(end))) == [FIRST, inside, SECOND, LAST]


def test_a_quoted_post_is_part_of_the_text():
    post = '<div class="social-embed"><blockquote class="twitter-tweet"><p>No ferry today, stay at home and be safe.'
    found = lines_of(article(p(FIRST), p(SECOND), post + "</p></blockquote></div>", p(LAST)))
    assert "No ferry today, stay at home and be safe." in found


def test_a_caption_belongs_to_its_image_and_not_to_the_text():
    figure = '<figure><img src="/i/ferry.jpg" alt="A ferry"><figcaption>A ferry in the ice</figcaption></figure>'
    body = read(article(p(FIRST), figure, p(SECOND), p(LAST)), URL)
    assert "A ferry in the ice" not in body.text
    assert [(image.url, image.caption) for image in body.images] == [
        ("https://news.example/i/ferry.jpg", "A ferry in the ice")
    ]
    assert "![A ferry](https://news.example/i/ferry.jpg)\n\n*A ferry in the ice*" in body.markdown


def test_a_page_nested_too_deep_for_the_extractor_is_read_flat():
    body = read(page("<div>" * 800 + p(FIRST) + p(SECOND) + p(LAST) + "</div>" * 800), URL)
    assert FIRST in body.text


@pytest.mark.parametrize("markup", ["", " ", "<html></html>", "<html><body><p></p></body></html>"])
def test_a_page_without_text_has_no_body(markup):
    assert read(markup, URL) is None


def test_a_long_article_is_surer_than_a_note():
    note = read(article(p(FIRST)), URL)
    whole = read(article(*[p(f"{text} ({n})") for n in range(5) for text in (FIRST, SECOND, LAST)]), URL)
    assert 0 <= note.confidence < 0.8 < whole.confidence <= 1


def test_markdown_keeps_headings_lists_tables_quotes_and_code():
    written = markdown_of(
        '<head rend="h2">Ropes</head><list rend="ol"><item>one<list rend="ul"><item>in</item></list></item>'
        '<item>two</item></list><table><row><cell role="head">a|b</cell><cell>c</cell></row><row><cell>1</cell>'
        "<cell>2</cell></row></table><quote><p>said</p><p>again</p></quote><code>a = `1`\nb</code>"
    )
    assert written == (
        "## Ropes\n\n1. one\n   - in\n2. two\n\n| a\\|b | c |\n| --- | --- |\n| 1 | 2 |\n\n> said\n>\n> again\n\n"
        "```\na = `1`\nb\n```"
    )


def test_markdown_keeps_emphasis_and_absolute_links():
    written = markdown_of('<p>a <hi rend="#b">bold, </hi><ref target="/x?a=(1)">link [1]</ref> end</p>')
    assert written == "a **bold**, [link \\[1\\]](https://news.example/x?a=%281%29) end"


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>", "\\<script>alert(1)\\</script>"),
        ("<p># no heading</p>", "\\# no heading"),
        ("<p>1. no list</p>", "1\\. no list"),
        ("<p>&amp;lt;</p>", "\\&lt;"),
        ("<p>*a* _b_ snake_case `c`</p>", "\\*a\\* \\_b\\_ snake_case \\`c\\`"),
        ('<p>wow!<ref target="javascript:alert(1)">x</ref></p>', "wow!x"),
        ('<p>wow!<ref target="http://a.example/">x</ref></p>', "wow\\![x](http://a.example/)"),
        ('<p>a<graphic src="data:image/png;base64,AA" alt="b"/></p>', "a"),
    ],
)
def test_nothing_that_a_page_says_works_as_markup(body, written):
    assert markdown_of(body) == written


def test_text_has_one_line_for_each_paragraph_item_and_row():
    body = etree.fromstring(
        "<body><p>a<lb/>b</p><list><item>c</item></list><table><row><cell>d</cell><cell>e</cell></row></table></body>"
    )
    assert tei.text_of(body) == "a\n\nb\n\nc\n\nd | e"


@pytest.mark.parametrize(
    "above",
    [
        p("Harbour news"),
        p("By Jane Doe and Kim Roe"),
        p("Von Grete Holm"),
        p("Par Zoé Lacan"),
        p("7 November 2025, 06:30"),
    ],
)
def test_kicker_by_line_and_date_above_the_text_are_not_part_of_it(above):
    headline = "<h1>Snow stops the ferries</h1>"
    body = p(FIRST) + p(SECOND) + p(THIRD) + p(LAST)
    before = above + headline if "Harbour" in above else headline + above
    assert lines_of(page(f"<article>{before}{body}</article>"))[0] == FIRST


def test_what_is_said_to_browsers_without_frames_or_scripts_is_no_text():
    notice = "Please turn on scripts, or take a browser that shows frames, to read what this page has to say to you."
    for name in ("noscript", "noframes"):
        markup = page(f"<{name}>{p(notice)}</{name}><article>{p(FIRST)}{p(SECOND)}{p(LAST)}</article>")
        assert notice not in lines_of(markup)
        assert read(page(f"<{name}>{p(notice)}</{name}>"), URL) is None


def test_a_page_of_a_thousand_boxes_in_each_other_is_read_flat_at_once():
    markup = page("".join(f"<div>{p(f'{number}. {FIRST}')}" for number in range(1000)))
    assert read(markup, URL, deep=True).found_by == "flattened"
