"""What `dibao` answers to the shell. Scripts, cron and systemd units may rely on these numbers; they do not change.

OK: all went well, also where there was nothing new.
SOURCES_FAILED: the run finished, and at least one source could not be crawled or needs attention. Or what was
    looked at is not well: `dibao doctor`, `dibao db check`.
CONFIGURATION: dibao.toml or the command line is wrong; nothing was done (click's own code for wrong usage).
LOCKED: another Dibao process works on this database; nothing was done, try again later.
STORAGE: the database cannot be read or written (disk full, permissions, damage).
INTERRUPTED: stopped by the user with Ctrl-C after what was running had been put away (128 + SIGINT, as in a shell);
    or so was the daemon that did the work for this command.
ENGINE_LOST: the PostgreSQL server of the cluster cannot be reached, or was lost; try again (EX_TEMPFAIL of sysexits.h).
REFUSED: the cluster does not take this worker or coordinator, and would not the next time either (EX_CONFIG).
"""

from typing import Final

OK: Final = 0
SOURCES_FAILED: Final = 1
CONFIGURATION: Final = 2
LOCKED: Final = 3
STORAGE: Final = 4
ENGINE_LOST: Final = 75
REFUSED: Final = 78
INTERRUPTED: Final = 130
