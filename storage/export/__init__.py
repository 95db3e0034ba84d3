"""Owns what other programs are given: lines of articles in six formats. Reads the public views; writes no database."""
