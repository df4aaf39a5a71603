"""Export to ONNX, fp32 and int8, and run the files."""
