"""Names of people and offices: what one looks like, and what only looks like one."""
