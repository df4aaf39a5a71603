"""What the speed claims of README are made with: ratios, measured side by side in one run."""
