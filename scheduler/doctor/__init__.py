"""What `dibao doctor` looks at, a module for each noun: the machine, the file, the configuration, who is told.

Each check is a function of a Case that says what it found, and what to do next where that is not well. A machine is
looked at as it is: no check may end in a trace, whatever is broken. May import storage, crawler and the rest of
scheduler, but not scheduler.cli.
"""
