"""dibao.toml: what may stand in it, what is wrong with it, where each value is from. May import crawler and storage."""
