"""The demo world's state: determined by its seed, scripted by its methods, cheap for 100,000 articles."""

import re
import threading
from datetime import datetime, timedelta

import pytest

from scheduler.demo.faults import Trouble
from scheduler.demo.site import KINDS
from scheduler.demo.world import BEGIN, LOCAL, World


def test_the_same_seed_gives_the_same_world():
    assert World(seed=3).articles() == World(seed=3).articles()


def test_another_seed_gives_other_titles():
    assert {a.title for a in World(seed=3).articles()}.isdisjoint({a.title for a in World(seed=4).articles()})


def test_sites_take_the_kinds_in_turn_and_have_names_of_sources():
    sites = World(sites=60, articles=1).sites
    assert [site.kind for site in sites[: len(KINDS)]] == list(KINDS)
    assert len({site.name for site in sites}) == 60
    assert all(re.fullmatch(r"[a-z0-9-]+", site.name) for site in sites)


def test_sites_can_be_of_chosen_kinds():
    assert [site.kind for site in World(sites=3, kinds=["bay", "city"]).sites] == ["bay", "city", "bay"]


def test_an_unknown_kind_is_refused_with_those_that_exist():
    with pytest.raises(ValueError, match=r"mirror, city, bay.*gz-index.*calendar"):
        World(kinds=["blg"])


def test_a_time_without_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        World(now=datetime(2026, 11, 21))  # noqa: DTZ001


def test_every_article_is_older_than_the_world_and_in_order():
    for site in World(sites=7, articles=30).sites:
        times = [article.published for article in World(sites=7, articles=30).articles(site)]
        assert times == sorted(times)
        assert times[-1] < BEGIN
        assert times[0].utcoffset() == timedelta(hours=8)


def test_every_article_is_found_at_its_path_and_nowhere_else():
    world = World(sites=7, articles=5)
    for article in world.articles():
        assert world.find(article.site, article.path) == article
        assert world.find(article.site, article.path + "9") is None
        assert world.find(article.site, article.path.replace("1", "2", 1)) != article
    assert world.find(world.sites[0], "/") is None


def test_no_two_articles_of_a_large_world_have_one_title():
    world = World(sites=4, articles=25_000)
    titles = {world.article(f"{site.name}:{n}").title for site in world.sites for n in range(0, 25_000, 50)}
    assert len(titles) == 4 * 500


def test_publishing_adds_newer_articles_to_one_site():
    world = World(articles=3)
    site = world.sites[1]
    new = world.publish(site, 2)
    assert [article.number for article in new] == [3, 4]
    assert BEGIN < new[0].published < new[1].published == world.now
    assert len(world.articles(site)) == 5
    assert len(world.articles()) == 4 * 3 + 2


def test_articles_can_be_published_at_a_chosen_time_which_moves_the_clock():
    world = World(articles=2)
    site, other = world.sites[:2]
    at = BEGIN + timedelta(hours=5)
    new = world.publish(site, 2, at=at)
    assert [article.published for article in new] == [at, at]
    assert world.now == at
    assert world.publish(other)[0].published > at
    world.move_on(at + timedelta(days=1))
    assert world.publish(site)[0].published == at + timedelta(days=1, minutes=1)


def test_the_clock_does_not_go_back():
    world = World()
    with pytest.raises(ValueError, match="only goes forward"):
        world.publish(world.sites[0], at=BEGIN - timedelta(minutes=1))
    with pytest.raises(ValueError, match="offset"):
        world.move_on(datetime(2027, 1, 1))  # noqa: DTZ001


def test_a_lie_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(ValueError, match="same-etag, always-304"):
        World().lie("/", "never")


def test_an_edit_changes_the_text_and_the_time_but_not_the_address():
    world = World()
    before = world.articles()[4]
    after = world.edit(before)
    assert (after.path, after.title, after.published) == (before.path, before.title, before.published)
    assert after.paragraphs != before.paragraphs
    assert after.modified == world.now > before.modified
    assert world.edit(after).paragraphs != after.paragraphs


def test_a_repost_has_the_same_text_and_the_first_outlet():
    world = World()
    first = world.edit(world.articles(world.sites[0])[2])
    copy = world.repost(first, world.sites[1])
    again = world.repost(copy, world.sites[2])
    assert copy.site == world.sites[1].name
    assert (copy.title, copy.paragraphs) == (first.title, first.paragraphs)
    assert copy.origin == again.origin == first.origin == world.sites[0].outlet
    assert copy.published > first.published
    assert copy.reposted
    assert not first.reposted


def test_an_edit_of_the_original_does_not_change_the_copy():
    world = World()
    first = world.articles()[0]
    copy = world.repost(first, world.sites[3])
    world.edit(first)
    assert world.article(copy).paragraphs == copy.paragraphs


def test_an_article_that_is_taken_down_stays_known_with_its_status():
    world = World()
    article = world.take_down(world.articles()[0])
    assert (article.state, article.status) == ("down", 410)
    assert article.number not in world.view(article.site).live
    world.heal(article)
    assert world.article(article).state == "live"


def test_a_failure_of_an_address_ends_after_its_times():
    world = World()
    site = world.sites[0]
    world.fail(f"{site.name}/feed.xml", status=503, times=2, retry_after=7)
    assert world.trouble(site, "/feed.xml") == Trouble(status=503, retry_after="7")
    assert world.trouble(world.sites[1], "/feed.xml") == Trouble()
    assert world.trouble(site, "/feed.xml").status == 503
    assert world.trouble(site, "/feed.xml") == Trouble()


def test_a_failure_of_a_site_holds_for_all_its_paths_until_it_is_healed():
    world = World()
    world.fail(world.sites[0], status=500)
    assert world.trouble(world.sites[0], "/any").status == 500
    world.heal(world.sites[0])
    assert world.trouble(world.sites[0], "/any") == Trouble()


def test_a_stall_goes_with_a_failure():
    world = World()
    article = world.articles()[0]
    world.stall(article, 0.5)
    world.fail(article, status=502)
    assert world.trouble(article.site, article.path) == Trouble(seconds=0.5, status=502)


def test_targets_may_be_ids():
    world = World()
    article = world.articles()[3]
    world.fail(article.id)
    assert world.trouble(article.site, article.path).status == 503


def test_a_target_that_is_neither_site_nor_path_is_refused():
    with pytest.raises(KeyError, match="neither a site"):
        World().fail("nowhere")


def test_several_threads_may_script_the_world():
    world = World(articles=2)
    site = world.sites[0]
    threads = [threading.Thread(target=lambda: [world.publish(site) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    articles = world.articles(site)
    assert len({article.path for article in articles}) == len({article.published for article in articles}) == 202
    assert world.now == BEGIN.astimezone(LOCAL) + timedelta(minutes=200)


def test_a_cut_copy_has_the_first_half_under_another_headline() -> None:
    world = World(sites=2, articles=4, seed=3, kinds=("party", "party"))
    first = world.articles(world.sites[0])[0]
    copy = world.repost(first, world.sites[1], cut=True)
    assert copy.title.startswith(first.title)
    assert copy.title != first.title
    assert first.text.startswith(copy.text)
    assert 40 < len(copy.text) < len(first.text)
    assert world.repost(copy, world.sites[0]).text == copy.text
