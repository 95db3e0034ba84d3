"""The text that Prometheus reads, read back by the parser of prometheus-client."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from storage.prometheus_text import Family, Histogram, text

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def read(*families: Family) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for metric in text_string_to_metric_families(text(families).decode()):
        for sample in metric.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.items())] = sample.value
    return found


@given(value=ANY_TEXT, said=ANY_TEXT, number=st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 2**53))
def test_any_label_and_any_number_come_back_as_they_were(value: str, said: str, number: float) -> None:
    family = Family(name="dibao_x", kind="gauge", help=said, labels=("source",), samples=[((value,), number)])
    # The parser splits lines where Python does; Prometheus splits at \n alone.
    if len(text([family]).decode().splitlines()) == 3:
        assert read(family) == {"dibao_x": {(("source", value),): float(number)}}
    assert text([family]).decode().count("\n") == 3


def test_whole_numbers_have_no_point_and_large_ones_stay_exact() -> None:
    family = Family(name="dibao_x", kind="gauge", help="x", samples=[((), 1795338000.0)])
    assert text([family]).endswith(b"dibao_x 1795338000\n")


def test_a_counter_and_a_gauge_say_their_kind_and_meaning() -> None:
    one = Family(name="dibao_x_total", kind="counter", help="How\noften.", samples=[((), 3)])
    (metric,) = text_string_to_metric_families(text([one]).decode())
    assert (metric.type, metric.documentation, metric.samples[0].value) == ("counter", "How\noften.", 3.0)


def test_a_family_without_values_is_not_told() -> None:
    assert text([Family(name="dibao_x", kind="gauge", help="x", labels=("source",))]) == b""


def test_buckets_are_summed_up_and_end_in_the_count() -> None:
    lags = Histogram(buckets=(2, 0, 3), sum=7.5)
    family = Family(
        name="dibao_lag_seconds", kind="histogram", help="x", labels=("source",), bounds=(60, 300),
        histograms=[(("a",), lags)],
    )  # fmt: skip
    found = read(family)
    of = ("source", "a")
    assert found["dibao_lag_seconds_bucket"] == {
        (of, ("le", "60")): 2.0,
        (of, ("le", "300")): 2.0,
        (of, ("le", "+Inf")): 5.0,
    }
    assert found["dibao_lag_seconds_sum"] == {(of,): 7.5}
    assert found["dibao_lag_seconds_count"] == {(of,): 5.0}
    (metric,) = text_string_to_metric_families(text([family]).decode())
    assert metric.type == "histogram"


def test_buckets_that_do_not_fit_their_bounds_are_refused() -> None:
    family = Family(
        name="dibao_lag_seconds", kind="histogram", help="x", bounds=(60,),
        histograms=[((), Histogram(buckets=(1, 2, 3), sum=1))],
    )  # fmt: skip
    with pytest.raises(ValueError, match="zip"):
        text([family])
