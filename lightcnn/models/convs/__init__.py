"""The 3x3 convolutions that a block is made of, interchangeable."""
