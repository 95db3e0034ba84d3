"""When and where: configuration, plan, engines, coordinator, daemon and the command line. Composes crawler and storage."""
