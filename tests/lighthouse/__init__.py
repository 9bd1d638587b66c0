"""Lighthouse's opinion of the demo's pages: make lighthouse."""
