"""Files for whoever runs Dibao: units of systemd, a container, cron, rules of Prometheus. `dibao ops` prints them."""
