"""Networks: architectures, the parts that they are built of, and fusions of two of them."""
