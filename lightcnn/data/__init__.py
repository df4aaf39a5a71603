"""Images, from a data set's files to the batches that a network sees."""
