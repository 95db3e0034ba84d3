"""Sources as an operator has them: names, lists that come and go, blocks of TOML, what is paused and remembered."""
