"""Channel and spatial attention, interchangeable."""
