"""`python lsh_side.py LEVEL...`: what one more article costs datasketch's MinHashLSH, which holds LEVEL already.

The task is that of Dibao's step: find what the text may be a copy of, and keep it to be found. 128 permutations, at
its own threshold for half of the shingles in common. Prints JSON: for each level CPU and resident bytes an article.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from typing import Any

import numpy as np
import psutil
from datasketch import MinHash, MinHashLSH

from storage.similarity.shingles import shingles
from tests.benchmarks.news_texts import Newsroom

PERMUTATIONS = 128
THRESHOLD = 0.5
SCHEME = "affine32"
"""That of signatures which it makes itself: of 32 bits."""
MEASURED = 200


def main() -> None:
    room, luck = Newsroom(), np.random.default_rng(1)
    texts = [[int(one).to_bytes(8) for one in shingles(room.item(number).text)] for number in range(MEASURED)]
    index, held, found = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS), 0, []
    gc.collect()
    empty = psutil.Process().memory_info().rss
    for level in map(int, sys.argv[1:]):
        for number in range(held, level):
            # Spread as the smallest of some 600 hashes are; none is like another, as most articles are.
            values = luck.integers(0, 2**32 // 600, PERMUTATIONS, dtype=np.uint64)
            index.insert(number, MinHash(PERMUTATIONS, hashvalues=values, scheme=SCHEME))
        held = level
        gc.collect()
        resident = psutil.Process().memory_info().rss - empty
        found.append({"level": level, "bytes": resident / level, **_measured(index, texts, level)})
    json.dump(found, sys.stdout)


def _measured(index: MinHashLSH, texts: list[list[bytes]], level: int) -> dict[str, Any]:
    began = time.process_time()
    signatures = [MinHash(PERMUTATIONS) for _ in texts]
    for signature, text in zip(signatures, texts, strict=True):
        signature.update_batch(text)
    signed = time.process_time()
    for number, signature in enumerate(signatures):
        index.query(signature)
        index.insert(f"{level} {number}", signature)
    ended = time.process_time()
    return {"sign_us": (signed - began) / len(texts) * 1e6, "step_us": (ended - signed) / len(texts) * 1e6}


if __name__ == "__main__":
    main()
