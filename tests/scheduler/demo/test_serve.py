"""The demo world as a process of its own, scripted from this one."""

import http.client
import json
import signal
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from scheduler.demo.remote import RemoteWorld
from scheduler.demo.world import World


@pytest.fixture(scope="module")
def process():
    command = [sys.executable, "-m", "scheduler.demo.serve", "--sites", "3", "--articles", "4", "--seed", "9"]
    with subprocess.Popen([*command, "--kinds", "mirror,city,bay"], stdout=subprocess.PIPE, text=True) as running:
        yield running, json.loads(running.stdout.readline())
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0


@pytest.fixture
def remote(process):
    world = RemoteWorld(process[1]["control"])
    yield world
    world.heal()


def status(url):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", parts.path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def test_the_first_line_tells_all_that_a_client_needs(process):
    running, greeting = process
    assert greeting["pid"] == running.pid
    assert list(greeting["sites"]) == ["yunze-mirror", "liuti-city", "shipu-bay"]
    assert [each["name"] for each in tomllib.loads(greeting["config"])["source"]] == list(greeting["sites"])


def test_the_other_process_has_the_same_world(remote):
    here = World(sites=3, articles=4, seed=9, kinds=["mirror", "city", "bay"])
    there = remote.articles("liuti-city")[:4]
    assert [each.title for each in there] == [each.title for each in here.articles("liuti-city")]
    assert there[0].paragraphs == here.articles("liuti-city")[0].paragraphs
    assert there[0].published == here.articles("liuti-city")[0].published


def test_articles_can_be_published_edited_copied_and_taken_down(remote):
    (new,) = remote.publish("yunze-mirror")
    assert status(new.url) == 200
    edited = remote.edit(new)
    assert len(edited.paragraphs) == len(new.paragraphs) + 1
    copy = remote.repost(edited, "shipu-bay")
    assert (copy.title, copy.paragraphs, copy.origin) == (new.title, edited.paragraphs, new.origin)
    assert remote.take_down(copy, status=404).state == "down"
    assert status(copy.url) == 404


def test_the_clock_and_the_validators_can_be_set(remote, process):
    newest = remote.articles("liuti-city")[-1].published
    later = datetime.now(UTC) + timedelta(days=3650)
    (new,) = remote.publish("liuti-city", at=later)
    assert new.published == later.replace(microsecond=0) > newest
    remote.move_on(later + timedelta(hours=1))
    with pytest.raises(ValueError, match="only goes forward"):
        remote.move_on(later)
    remote.lie("liuti-city")
    parts = urlsplit(process[1]["sites"]["liuti-city"])
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", "/", headers={"If-None-Match": '"1"'})
    assert connection.getresponse().status == 304
    connection.close()


def test_faults_can_be_set_and_healed(remote):
    article, other = remote.articles("liuti-city")[:2]
    remote.fail(article, status=500)
    assert status(article.url) == 500
    remote.heal(article)
    assert status(article.url) == 200
    remote.stall("liuti-city", seconds=0.01, times=1)
    remote.redirect(article, other)
    assert status(article.url) == 301


def test_requests_are_counted(remote, process):
    remote.reset_counts()
    status(process[1]["sites"]["yunze-mirror"] + "/robots.txt")
    stats = remote.stats()
    assert stats["yunze-mirror"] == {"requests": [["/robots.txt", 200, 1]], "max_concurrent": 1}
    assert stats["shipu-bay"]["requests"] == []


def test_a_call_that_makes_no_sense_is_an_error_with_words(remote):
    with pytest.raises(ValueError, match="nowhere"):
        remote.publish("nowhere")
    with pytest.raises(ValueError, match="no action"):
        remote._call("POST", "/dance")
