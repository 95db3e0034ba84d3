"""The main text: steered for Chinese pages, general for all others, and the zones of lines around it."""
