"""What the benchmarks share. It imports little, since children inherit the memory of parents."""
