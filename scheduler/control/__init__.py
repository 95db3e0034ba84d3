"""How commands hand their wishes to a running daemon, over a unix socket beside the database."""
