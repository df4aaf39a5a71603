"""A list of images as CSV: a header with `file`, `label` and, if the parts are given, `split`; files relative to the list."""

import csv
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lightcnn.core.errors import UserError
from lightcnn.data.image_folder.layouts import PARTS, SPLITS, Sample, once, refuse
from lightcnn.prediction.listing import ImageFile, Skipped, identity_of, printable

COLUMNS = ("file", "label")
LARGEST_BYTES = 2**28
"""Of a list: two million images, each with a hundred letters."""


def samples_in(path: Path, skipped: Skipped) -> list[Sample]:
    """List the images of a CSV file by split, class and name; without a column `split` all are `train`.

    Raises:
        UserError: where the header is another one, or rows are wrong; each is named by its line.
    """
    rows = list(rows_of(path))
    problems, samples, lines = list[str](), list[Sample](), dict[str, int]()
    for line, row in rows:
        file = row["file"].strip().replace("\\", "/")
        first = lines.setdefault(file, line)
        if problem := wrong_with(row, file) or (f"{file} stands in line {first} too" if first != line else None):
            problems.append(printable(f"{path}: line {line}: {problem}"))
            continue
        try:
            place = path.parent / file
            found = ImageFile(place, identity_of(place.stat()), place.is_symlink())
        except (OSError, ValueError) as error:
            problems.append(printable(f"{path}: line {line}: {file}: {getattr(error, 'strerror', None) or error}"))
            continue
        split, label = PARTS[row.get("split", "train").strip().lower()], row["label"].strip()
        samples.append(Sample(found, split, label, f"{split}/{label}/{file}"))
    refuse(problems, "mend the list")
    if samples and all(sample.split != "train" for sample in samples):
        raise UserError(f"{path}: no row of the split train; there is nothing to learn from")
    return once(sorted(samples, key=lambda sample: (SPLITS.index(sample.split), sample.name, sample.place)), skipped)


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows, each with the number of the line that it ends on.

    Raises:
        UserError: where it is no such list.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UserError(f"{path}: over {LARGEST_BYTES:,} bytes, more than a list of images has")
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", strict=True)
            header = [name.strip() for name in reader.fieldnames or ()]
            if not {*COLUMNS} <= {*header} or len({*header}) < len(header):
                shown = printable(", ".join(header)[:100]) or "nothing"
                raise UserError(f"{path}: the first line is {shown}; expected a header: file,label or file,label,split")
            reader.fieldnames = header
            for row in reader:
                yield reader.line_num, {name: text for name, text in row.items() if name is not None}
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{path}: no CSV in UTF-8 ({error}); name a folder of images, or such a list") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; name a folder of images, or a list that can be read") from None


def wrong_with(row: dict[str, str], file: str) -> str | None:
    """What is wrong with a row, None where nothing is."""
    split = row.get("split", "train").strip()
    if not file or not row["label"].strip():
        return f"no {'label' if file else 'file'}"
    if PurePosixPath(file).is_absolute() or file[1:3] == ":/" or ".." in PurePosixPath(file).parts:
        return f"{file} leads out of the folder of the list; files are relative to it"
    if split.lower() not in PARTS:
        return f"the split {split!r} is none of {', '.join(PARTS)}"
    return None
