"""What turns the last feature map into logits, interchangeable."""
