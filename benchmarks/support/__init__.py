"""What the benchmarks share: servers in processes of their own, load, yardsticks, tables."""
