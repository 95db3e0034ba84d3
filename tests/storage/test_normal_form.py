from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.normal_form import _NARROW, nfkc

MARKS = "\u0301\u0338\u3099\u309a"


@given(st.text(st.characters() | st.sampled_from([*_NARROW, *MARKS, *"<=>aかはㄱ가"])))
def test_a_text_is_normalised_as_python_does_it(text: str) -> None:
    assert nfkc(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("sign", _NARROW)
def test_each_sign_is_narrow_whatever_mark_follows(sign: str) -> None:
    for mark in ("", *MARKS):
        assert nfkc(f"好{sign}{mark}！") == unicodedata.normalize("NFKC", f"好{sign}{mark}！")
