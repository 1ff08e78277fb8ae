"""The first migration."""
