"""The garbage collector rests from here on, until crawler.warm is loaded: it would find nothing in what stays.

Imported by the fork server of the pool before all else (crawler.pool.PRELOAD); a tenth of its start.
"""

from __future__ import annotations

import gc

gc.disable()
