"""What a network costs: parameters, multiply-accumulates, memory, layers, latency."""
