"""From a trained network to ONNX files, fp32 and int8, and running them."""
