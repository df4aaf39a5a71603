"""The pipeline's stages: each reads its plan file and its data, calls lightcnn, and saves."""
