"""The worker's side, `dibao worker`: jobs taken, events told, and the fence that keeps two from asking one host."""
