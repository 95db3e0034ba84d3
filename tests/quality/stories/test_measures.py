"""The scores, on examples that were worked out by hand."""

import pytest

from tests.quality.stories.measures import figures, joined

LABELS = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "f": 3}


def test_a_perfect_grouping_has_full_marks_whatever_its_groups_are_called():
    found = figures(LABELS, {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y", "f": "z"})
    assert (found.f1, found.b3_f1, found.ari) == (1.0, 1.0, 1.0)


def test_records_that_all_stand_alone_are_precise_and_find_nothing():
    found = figures(LABELS, {})
    assert (found.precision, found.recall, found.b3_precision) == (1.0, 0.0, 1.0)
    assert found.b3_recall == pytest.approx((3 * (1 / 3) + 2 * (1 / 2) + 1) / 6)
    assert found.ari == pytest.approx(0.0)


def test_one_record_in_the_wrong_group_costs_what_was_worked_out_by_hand():
    """{a b} {c d e} {f}: of 4 pairs found 2 are right, of 4 to find 2 are found."""
    found = figures(LABELS, {"a": 1, "b": 1, "c": 2, "d": 2, "e": 2, "f": 3})
    assert (found.precision, found.recall) == (0.5, 0.5)
    assert found.b3_precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3 + 1) / 6)
    assert found.b3_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    # expected 4 * 4 / 15, highest 4
    assert found.ari == pytest.approx((2 - 16 / 15) / (4 - 16 / 15))


def test_labels_that_met_in_one_group_are_named_with_the_pairs_that_are_wrong_by_it():
    labels = {"a": "one", "b": "one", "c": "two", "d": "three"}
    assert joined(labels, {"a": 1, "b": 1, "c": 1, "d": 2}) == [("one", "two", 2)]


def test_no_records_are_no_error():
    assert figures({}, {}).f1 == 1.0
