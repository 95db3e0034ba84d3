"""Measuring again where the first answer is no: on a machine that others use too, one run is a matter of luck."""

from __future__ import annotations

from collections.abc import Callable

FURTHER = 2


def until_well(
    take: Callable[[int], object], is_well: Callable[[], bool], rounds: int = 1, further: int = FURTHER
) -> None:
    """None; so many rounds were taken, and `further` ones where it was not well then. `take` has their numbers.

    What `is_well` judges are the medians of all rounds, and so does whoever asks for them: a program that has become
    dearer is so in each, while a moment in which others had the machine is in one.
    """
    for number in range(rounds):
        take(number)
    if not is_well():
        for number in range(rounds, rounds + further):
            take(number)
