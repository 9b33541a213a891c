"""Tests mirror the tree; they run on real components."""
