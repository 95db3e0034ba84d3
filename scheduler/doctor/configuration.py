"""Whether dibao.toml can be read, and who may write it."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from scheduler.doctor.case import Case, Finding

TOLD = 5


def is_valid(case: Case) -> Iterator[Finding]:
    """Whether it is right; each problem is one line."""
    check = "configuration"
    for problem in case.problems[:TOLD]:
        yield Finding(check=check, level="fail", says=problem, step="see all of it with `dibao validate`")
    if case.config is None:
        return
    mode = stat.S_IMODE(case.config_path.stat().st_mode)
    if mode & stat.S_IWOTH:
        says = f"{case.config_path}: every user of this machine can write it (mode {mode:o})"
        yield Finding(check=check, level="fail", says=says, step=f"chmod o-w {case.config_path}")
    active = len(case.config.enabled_sources)
    says = f"{case.config_path}: {active} of {len(case.config.source)} sources are switched on"
    if not active:
        yield Finding(check=check, level="warn", says=says, step="add a site: `dibao add URL`")
    else:
        yield Finding(check=check, level="ok", says=says)
