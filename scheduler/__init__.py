"""When and where: configuration, plan, engines, coordinator, daemon, command line. Composes crawler and storage."""
