"""The slices: what Beckon knows and decides, as plain functions on plain values."""
