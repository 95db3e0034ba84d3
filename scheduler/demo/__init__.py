"""The loopback news world: sites, templates and a real HTTP server, for `dibao demo`, tests and benchmarks."""
