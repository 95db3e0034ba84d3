"""The worker's own settings: cheap to copy, and a job's changes stay the job's."""

from __future__ import annotations

from crawler.worker_settings import SharedSettings


def test_a_copy_that_is_changed_leaves_the_original() -> None:
    original = SharedSettings({"DOWNLOAD_DELAY": 1.0})
    copy = original.copy()
    copy.set("DOWNLOAD_DELAY", 2.0, priority="cmdline")
    copy.set("NEW", 1)
    copy.freeze()
    assert (original["DOWNLOAD_DELAY"], original.get("NEW"), original.frozen) == (1.0, None, False)
    assert (copy["DOWNLOAD_DELAY"], copy["NEW"]) == (2.0, 1)


def test_a_copy_has_the_priorities_of_the_original() -> None:
    original = SharedSettings()
    original.set("DOWNLOAD_DELAY", 1.0, priority="cmdline")
    copy = original.copy()
    copy.set("DOWNLOAD_DELAY", 2.0, priority="project")
    assert copy["DOWNLOAD_DELAY"] == 1.0
    assert dict(copy) == dict(original)
