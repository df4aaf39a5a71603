"""Scripts behind the speed claims of README: ratios, measured side by side in one run."""

import stages  # noqa: F401 - an error while a benchmark imports is one line, as it is of a stage
