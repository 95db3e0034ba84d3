"""The `dibao` command. Each command is a module; heavy imports stay inside the commands."""
