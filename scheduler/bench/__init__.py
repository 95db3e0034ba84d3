"""What this machine carries: `dibao bench` measures it beside the script that one would write by hand."""
