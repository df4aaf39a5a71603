"""Parameters, multiply-accumulates, memory, layers and latency of networks."""
