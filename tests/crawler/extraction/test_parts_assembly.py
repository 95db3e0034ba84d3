"""Assembly: the pages of an article fetched in order, whatever they lead to, and one article out of them."""

import pickle

import pytest

from crawler.extraction.assembly import Assembly
from storage.identity import content_digest
from storage.records import Article, Rejection
from tests.crawler.extraction.part_pages import HOST, page, pager, paragraph, read, site, text_of, walk

STEM = f"{HOST}/2026/1121/c1001-4021"


def addresses(count):
    return [f"{STEM}.html", *(f"{STEM}_{n}.html" for n in range(2, count + 1))]


def article_of(assembly):
    result = assembly.reading().result
    assert isinstance(result, Article)
    return result


def whole_text(*parts):
    return "\n\n".join(line for part in parts for line in text_of(part))


@pytest.mark.parametrize("count", range(2, 10))
def test_all_parts_make_one_text_in_their_order(count):
    urls = addresses(count)
    assembly, asked = walk(site(urls), urls[0])
    article = article_of(assembly)
    assert asked == urls[1:]
    assert article.text == whole_text(*range(1, count + 1))
    assert (article.parts, article.missing_parts) == (count, ())
    assert [(part.number, part.url) for part in assembly.parts] == list(enumerate(urls[1:], 2))
    assert assembly.parts[0].key == urls[1].removeprefix("http:")


def test_an_article_of_one_page_wants_nothing_and_stays_as_it_is():
    pages = {f"{STEM}.html": page(1)}
    reading = read(pages, f"{STEM}.html")
    assembly = Assembly(f"{STEM}.html", reading)
    assert (assembly.wanted, assembly.done, assembly.parts) == (None, True, ())
    assert assembly.reading() is reading


def test_pages_in_gbk_are_stitched_like_others():
    urls = addresses(3)
    pages = {url: markup.replace("charset=utf-8", "charset=gb2312") for url, markup in site(urls).items()}
    assembly, _ = walk(pages, urls[0], encoding="gbk")
    assert article_of(assembly).text == whole_text(1, 2, 3)


def test_english_pages_are_stitched():
    def body(part):
        return [
            f"In district number {part} the council has spent {part * 3} million pounds on homes for {part} families.",
            f"A further {part * 40} homes are planned, said the deputy mayor, who came with {part + 2} engineers.",
            f"The work in street number {part} was finished {part} weeks earlier than anybody there had expected.",
        ]

    urls = [f"{HOST}/news/the-long-road-home", *(f"{HOST}/news/the-long-road-home?page={n}" for n in (2, 3))]
    title = "The long road home for a thousand families"
    pages = {url: page(n, pager(urls, n), title=title, body=body(n)) for n, url in enumerate(urls, 1)}
    article = article_of(walk(pages, urls[0])[0])
    assert article.text == "\n\n".join(line for part in (1, 2, 3) for line in body(part))
    assert article.lang == "en"


def test_a_pager_of_neighbours_only_is_followed_to_its_end():
    urls = addresses(4)
    pages = {
        url: page(n, f"<a href='{urls[n]}'>下一页</a>" if n < 4 else f"<a href='{urls[2]}'>上一页</a>")
        for n, url in enumerate(urls, 1)
    }
    assembly, asked = walk(pages, urls[0])
    assert asked == urls[1:]
    assert article_of(assembly).text == whole_text(1, 2, 3, 4)


def test_parts_that_the_pager_names_in_disorder_are_read_in_their_order():
    urls = addresses(3)
    backwards = f"<a href='{urls[2]}'>3</a> <a href='{urls[1]}'>2</a>"
    pages = {urls[0]: page(1, backwards), urls[1]: page(2, backwards), urls[2]: page(3, pager(urls, 3))}
    assert article_of(walk(pages, urls[0])[0]).text == whole_text(1, 2, 3)


def test_a_part_that_cannot_be_had_is_noted_and_the_others_are_read():
    urls = addresses(4)
    pages = site(urls)
    del pages[urls[1]]
    assembly, _ = walk(pages, urls[0])
    article = article_of(assembly)
    assert article.text == whole_text(1, 3, 4)
    assert (article.parts, article.missing_parts) == (4, (2,))
    assert len(assembly.parts) == 3


def test_a_part_that_is_no_article_is_missing():
    urls = addresses(3)
    pages = site(urls) | {urls[1]: "<title>404 Not Found</title><h1>Not Found</h1>"}
    assert article_of(walk(pages, urls[0])[0]).missing_parts == (2,)


def test_a_walk_that_is_given_up_notes_what_it_did_not_read():
    urls = addresses(4)
    pages = site(urls)
    assembly = Assembly(urls[0], read(pages, urls[0]))
    assembly.took(urls[1], read(pages, urls[1], part=True))
    article = article_of(assembly)
    assert (article.text, article.parts, article.missing_parts) == (whole_text(1, 2), 4, (3, 4))


def test_a_short_last_part_is_a_part():
    urls = addresses(2)
    pages = site(urls) | {urls[1]: page(2, pager(urls, 2), body=["改造还在继续，本报将持续关注。"])}
    assert isinstance(read(pages, urls[1], part=True).result, Article)
    assert article_of(walk(pages, urls[0])[0]).text.endswith("改造还在继续，本报将持续关注。")


def test_a_later_part_is_no_article_of_its_own():
    urls = addresses(3)
    assert read(site(urls), urls[1]).result == Rejection(reason="article_part", detail=urls[0])
    assert isinstance(read(site(urls), urls[0]).result, Article)


def test_a_later_part_without_a_sure_first_one_is_read_by_itself():
    pages = {f"{STEM}_2.html": page(2, f"<a href={STEM}_1.html>上一页</a><a href={STEM}_3.html>下一页</a>")}
    reading = read(pages, f"{STEM}_2.html")
    assert isinstance(reading.result, Article)
    assert Assembly(f"{STEM}_2.html", reading).done


def test_forty_parts_end_at_the_limit_and_the_rest_is_noted():
    urls = addresses(40)
    assembly, asked = walk(site(urls), urls[0])
    article = article_of(assembly)
    assert len(asked) == 29
    assert (article.parts, article.missing_parts) == (40, tuple(range(31, 41)))
    assert len(assembly.parts) == 39


def test_an_endless_pager_that_says_the_same_ends_at_once():
    def endless(n):
        return page(1, f"<a href='{STEM}.html?page={n + 1}'>下一页</a>")

    pages = {f"{STEM}.html": endless(1)} | {f"{STEM}.html?page={n}": endless(n) for n in range(2, 99)}
    assembly, asked = walk(pages, f"{STEM}.html")
    article = article_of(assembly)
    assert asked == [f"{STEM}.html?page=2"]
    assert (article.text, article.parts, article.missing_parts) == (whole_text(1), 1, ())


def test_an_endless_pager_of_ever_new_words_ends_at_the_limit():
    urls = [f"{STEM}.html", *(f"{STEM}.html?page={n}" for n in range(2, 99))]
    pages = {url: page(n, f"<a href='{STEM}.html?page={n + 1}'>下一页</a>") for n, url in enumerate(urls, 1)}
    assembly, asked = walk(pages, urls[0], most=5)
    assert len(asked) == 4
    assert article_of(assembly).missing_parts == (6,)


def test_a_part_that_leads_back_is_not_asked_for_twice():
    urls = addresses(3)
    pages = site(urls) | {urls[2]: page(3, f"<a href='{urls[1]}'>下一页</a><a href='{urls[0]}'>1</a>")}
    _, asked = walk(pages, urls[0])
    assert asked == urls[1:]


def test_comments_on_further_pages_do_not_become_text():
    body = [*text_of(1), *text_of(2), *text_of(3)]
    comments = [f"网友{n}说，这次改造确实让大家的生活好了很多，希望其他街区也能早点开始。" for n in range(6)]
    urls = [f"{STEM}.html", f"{STEM}.html?page=2"]
    pages = {
        urls[0]: page(1, pager(urls, 1), body=body),
        urls[1]: page(1, pager(urls, 2), body=[*body, *comments]),
    }
    assert article_of(walk(pages, urls[0])[0]).text == "\n\n".join(body)


def test_a_page_of_another_article_is_not_stitched_and_not_claimed():
    urls = addresses(3)
    other = page(7, "", title="明年起三类药品降价")
    assembly, asked = walk(site(urls) | {urls[1]: other}, urls[0])
    assert asked == [urls[1]]
    assert (article_of(assembly).text, assembly.parts) == (whole_text(1), ())


def test_an_address_that_leads_to_an_earlier_page_is_missing():
    urls = addresses(3)
    pages = site(urls)
    assembly = Assembly(urls[0], read(pages, urls[0]))
    assembly.took(urls[0], read(pages, urls[0], part=True))
    assembly.took(urls[2], read(pages, urls[2], part=True))
    assert (article_of(assembly).text, article_of(assembly).missing_parts) == (whole_text(1, 3), (2,))


def test_a_gallery_whose_pages_have_texts_of_their_own_is_stitched():
    urls = addresses(4)
    pages = {
        url: page(n, pager(urls, n), body=text_of(n, 1), above=f"<p><img src=/p/{n}.jpg width=600 height=400></p>")
        for n, url in enumerate(urls, 1)
    }
    assert article_of(walk(pages, urls[0])[0]).text == "\n\n".join(paragraph(n, 0) for n in range(1, 5))


def test_a_gallery_that_changes_the_picture_only_is_one_page():
    urls = addresses(5)
    pages = {url: page(1, pager(urls, n), above=f"<img src=/p/{n}.jpg>") for n, url in enumerate(urls, 1)}
    assembly, asked = walk(pages, urls[0])
    assert asked == [urls[1]]
    assert (article_of(assembly).parts, article_of(assembly).text) == (1, whole_text(1))
    assert len(assembly.parts) == 4


def test_the_page_with_the_whole_text_replaces_the_parts():
    urls = addresses(3)
    whole = f"{STEM}_all.html"
    link = f"<a href='{whole}'>在本页阅读全文</a>"
    pages = site(urls) | {urls[0]: page(1, pager(urls, 1) + link)}
    pages[whole] = page(1, body=[line for n in (1, 2, 3) for line in text_of(n)])
    assembly, asked = walk(pages, urls[0])
    article = article_of(assembly)
    assert asked == [whole]
    assert (article.text, article.parts, article.missing_parts) == (whole_text(1, 2, 3), 3, ())
    assert [part.url for part in assembly.parts] == urls[1:]


@pytest.mark.parametrize("answer", [None, page(1), page(7, title="明年起三类药品降价"), "<title>404</title>"])
def test_a_page_of_the_whole_text_that_has_it_not_is_passed_over(answer):
    urls = addresses(3)
    whole = f"{STEM}_all.html"
    pages = site(urls) | {urls[0]: page(1, f"{pager(urls, 1)}<a href='{whole}'>阅读全文</a>")}
    if answer:
        pages[whole] = answer
    assembly, asked = walk(pages, urls[0])
    assert asked == [whole, *urls[1:]]
    assert article_of(assembly).text == whole_text(1, 2, 3)


def test_a_whole_text_without_parts_is_taken_too():
    whole = f"{STEM}.html?page=all"
    pages = {
        f"{STEM}.html": page(1, f"<a href='{whole}'>余下全文</a>"),
        whole: page(1, body=[*text_of(1), *text_of(2)]),
    }
    article = article_of(walk(pages, f"{STEM}.html")[0])
    assert (article.text, article.parts) == (whole_text(1, 2), 1)


def test_the_digest_is_that_of_the_whole_text():
    urls = addresses(3)
    changed = site(urls) | {urls[2]: page(3, pager(urls, 3), body=["新的结尾，" + paragraph(9, 1)])}
    digests = {content_digest(article_of(walk(pages, urls[0])[0])) for pages in (site(urls), changed)}
    assert len(digests) == 2


def test_the_editor_at_the_end_of_the_last_part_is_credited():
    urls = addresses(3)
    pages = site(urls) | {urls[2]: page(3, pager(urls, 3), below="<p>（责任编辑：王欲然）</p>")}
    article = article_of(walk(pages, urls[0])[0])
    assert article.editors == ("王欲然",)
    assert (article.origin, article.published.local) == ("某某日报", "2026-11-21T08:30+08:00")


def test_an_assembly_can_be_sent_between_two_pages():
    urls = addresses(3)
    pages = site(urls)
    assembly = Assembly(urls[0], read(pages, urls[0]))
    while url := assembly.wanted:
        assembly = pickle.loads(pickle.dumps(assembly))  # noqa: S301
        assembly.took(url, pickle.loads(pickle.dumps(read(pages, url, part=True))))  # noqa: S301
    assert article_of(assembly).text == whole_text(1, 2, 3)


def test_what_is_told_after_the_end_changes_nothing():
    urls = addresses(2)
    pages = site(urls)
    assembly, _ = walk(pages, urls[0])
    before = assembly.reading()
    assembly.took(urls[1], read(pages, urls[1], part=True))
    assembly.took("nonsense", None)
    assert assembly.reading() == before


def test_a_page_that_is_no_article_has_no_parts():
    rejected = read({f"{STEM}.html": "<title>404</title>"}, f"{STEM}.html")
    assert Assembly(f"{STEM}.html", rejected).done
    assert Assembly(f"{STEM}.html", rejected).reading() is rejected
