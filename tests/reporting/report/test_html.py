"""The page: every number in its place, nothing from outside, nothing of a user's taken for markup."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from scipy.stats import binomtest, t

from lightcnn.reporting.report import card, int8, latex
from lightcnn.reporting.report.benchmarks import benchmark
from lightcnn.reporting.report.contents import Contents
from lightcnn.reporting.report.html import render
from tests import synthetic
from tests.reporting.report.conftest import hostile
from tests.synthetic import MODELS, NOTE

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags with their attributes, the text outside of style and head, and tables as {caption: [{column: cell}]}."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.tables: dict[str, list[dict[str, str]]] = {}
        self.rows: list[list[str]] = []
        self.caption = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.rows, self.caption = [], ""
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "table":
            self.tables[self.caption] = [dict(zip(self.rows[0], row, strict=True)) for row in self.rows[1:]]

    def handle_data(self, data: str) -> None:
        if {"style", "head", "script"} & set(self.open):
            return
        self.text += data
        if "caption" in self.open:
            self.caption += data
        if self.rows and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data

    def row(self, name: str, *columns: str) -> dict[str, str]:
        """The row of `name` in the table that has the columns."""
        (table,) = [rows for rows in self.tables.values() if set(columns) <= set(rows[0])]
        (row,) = [row for row in table if next(iter(row.values())).removesuffix(" (fused)") == name]
        return row


@pytest.fixture(scope="module")
def page(contents: Contents) -> Page:
    return Page(render(contents))


@pytest.mark.parametrize("name", MODELS)
def test_every_number_of_the_metrics_stands_in_its_column(contents: Contents, page: Page, name: str) -> None:
    metrics = contents.results.models[name].metrics
    accuracy = page.row(name, "valid top-1", "test top-1")
    ranking = page.row(name, "top-5, %", "AUC")
    exported = page.row(name, "seed", "difference")
    for cell, score in ((accuracy["test top-1"], metrics.test.top1), (accuracy["valid top-1"], metrics.valid.top1)):
        assert cell == f"{100 * score.mean:.2f} ± {100 * score.std:.2f} (n = 3)"
    assert ranking["top-5, %"] == f"{100 * metrics.test.top5.mean:.2f} ± {100 * metrics.test.top5.std:.2f} (n = 3)"
    for column, score in (("macro recall, %", metrics.test.macro_recall), ("macro F1, %", metrics.test.macro_f1)):
        assert ranking[column] == f"{100 * score.mean:.2f} ± {100 * score.std:.2f} (n = 3)"
    columns = {"NLL": metrics.test.nll, "ECE": metrics.test.ece, "AUC": metrics.test.auc, "valid NLL": metrics.valid.nll}
    for column, score in columns.items():
        assert ranking[column] == f"{score.mean:.4f} ± {score.std:.4f} (n = 3)"
    assert exported["answers changed"] == str(metrics.onnx_fp32.changed_predictions)
    assert exported["seed"] == str(metrics.exported_seed)
    assert float(exported["ONNX test top-1, %"]) == pytest.approx(100 * metrics.onnx_fp32.top1, abs=0.006)
    assert float(exported["difference"]) == pytest.approx(metrics.onnx_fp32.max_abs_logit_diff)


@pytest.mark.parametrize("name", MODELS)
def test_every_number_of_cost_and_latency_stands_in_its_column(contents: Contents, page: Page, name: str) -> None:
    model = contents.results.models[name]
    row, cost, speed = page.row(name, "MACs", "images / s"), model.cost, model.speed
    assert speed is not None
    assert int(page.row(name, "valid top-1", "parameters")["parameters"].replace(",", "")) == cost.parameters
    assert row["MACs"] == f"{cost.macs / 1e6:.2f} M"
    sizes = [float(row[column].removesuffix(" kB").replace(",", "")) for column in ("weights", "ONNX file", "peak activations")]
    assert sizes == pytest.approx([cost.weights_bytes / 1e3, cost.onnx_bytes / 1e3, cost.peak_activation_bytes / 1e3], abs=0.051)
    assert (row["nodes"], row["reorders"]) == (str(cost.optimized_nodes), str(cost.layout_reorders))
    times = [float(row[f"{p}, batch {size}"]) for size in (1, 64) for p in ("p50", "p99")]
    measured = [speed.batch_1.p50_ms, speed.batch_1.p99_ms, speed.batch_64.p50_ms, speed.batch_64.p99_ms]
    assert times == pytest.approx(measured, abs=0.00051)
    assert float(row["images / s"].replace(",", "")) == pytest.approx(speed.throughput_per_s, abs=0.51)


@pytest.mark.parametrize("name", MODELS)
def test_int8_stands_beside_fp32_with_what_to_ship(contents: Contents, page: Page, name: str) -> None:
    model = contents.results.models[name]
    assert list(page.row(name, "ship").values()) == int8.row(model)
    assert int8.verdict(contents.best) in page.text
    assert int8.RULE in page.text


def test_the_gain_of_fusing_is_told_with_its_sign_and_whether_it_is_noise(page: Page) -> None:
    assert page.row("baseline", "gain")["gain"] == "+5.24 [+4.70, +5.78]"
    assert page.row("enhanced", "gain")["gain"] == "−0.23 [−0.80, +0.34] (within noise)"
    assert page.row("enhanced-raw", "gain")["gain"] == ""


@pytest.mark.parametrize("name", MODELS)
def test_further_ways_to_predict_stand_apart_with_the_parameters_of_all_networks(contents: Contents, page: Page, name: str) -> None:
    model, row = contents.results.models[name], page.row(name, "way")
    assert (row["way"], row["networks"], row["parameters"]) == ("soft_vote", "3", f"{3 * model.cost.parameters:,}")
    found = model.metrics.inference["soft_vote"]
    assert (row["top-1, %"], row["NLL, nats"]) == (f"{100 * found.top1.mean:.2f} (n = 1)", f"{found.nll.mean:.4f} (n = 1)")
    low, high = binomtest(round(400 * found.top1.mean), 400).proportion_ci(method="wilson")
    assert [float(end) for end in re.findall(r"[\d.]+", row["interval"])] == pytest.approx([100 * low, 100 * high], abs=0.2)


def test_without_further_ways_benchmarks_or_pictures_the_page_does_not_speak_of_them(contents: Contents) -> None:
    models = {
        name: model._replace(metrics=model.metrics.model_copy(update={"inference": {}})) for name, model in contents.results.models.items()
    }
    bare = Page(render(contents._replace(results=contents.results._replace(models=models), benchmarks=[], pictures=[])))
    for title in ("Further ways", "Benchmarks", "Further figures", "Mistakes to look at"):
        assert title not in bare.text
    links = [(attributes["href"] or "")[1:] for tag, attributes in bare.tags if tag == "a" and "#" in (attributes["href"] or "")]
    assert set(links) <= {attributes.get("id") for _, attributes in bare.tags}


def test_published_networks_say_where_their_numbers_stand(page: Page) -> None:
    row = page.row("BSConv-U WRN-16-1", "source")
    assert (row["parameters"], row["test top-1, %"], row["source"]) == ("27,312", "89.09", "Haase and Amthor 2020, arXiv:2003.13549")


def test_training_is_summed_up(page: Page) -> None:
    assert "All training together: 1 h 26 min." in page.text


def test_latencies_are_told_in_every_way_measured(contents: Contents) -> None:
    page = Page(render(contents._replace(benchmarks=[benchmark("latency", synthetic.benchmark(), contents.results.models)])))
    rows = [row for table in page.tables.values() for row in table if row.get("model") == "quick" and "memory" in row]
    assert [(row["engine"], row["threads"], row["p50, ms"]) for row in rows] == [
        ("ONNX Runtime", "1", "0.052"),
        ("ONNX Runtime", "2", "0.031"),
        ("torch", "1", "0.471"),
    ]
    assert (rows[0]["64: p99, ms"], rows[0]["memory"]) == ("30.500", "41 MB")
    assert "Published accuracies: slow: somebody; quick: somebody; other: somebody." in page.text


def test_benchmarks_of_a_known_form_are_tables_and_others_are_told_as_they_are(page: Page) -> None:
    row = page.row("the paper's branch", "ours / usual")
    assert (row["ours, images/s"], row["usual loop, images/s"]) == ("10,150 (10,090 to 10,210)", "4,002 (3,649 to 4,354)")
    assert "seconds: 12.5" in page.text


def test_intervals_are_students_over_the_seeds(page: Page) -> None:
    low, high = t.interval(0.95, 2, loc=86.71, scale=0.26 / 3**0.5)
    assert [float(end) for end in re.findall(r"[\d.]+", page.row("enhanced", "interval", "gain")["interval"])] == pytest.approx(
        [low, high], abs=0.02
    )


def test_the_verdict_comes_first_and_is_about_the_best_on_validation(contents: Contents, page: Page) -> None:
    verdict = " ".join(page.text[: page.text.index("What fusing")].split())
    assert NOTE in verdict[: verdict.index("Verdict")]
    assert "The best model is enhanced: it classifies 86.71 ± 0.26 % (n = 3) of the test images right" in verdict
    assert "28,946 parameters (within the budget of 30,000)" in verdict
    assert "latency, one image0.108 ms" in verdict
    assert all(answer in verdict for answer in (*contents.answers, int8.verdict(contents.best)))


@pytest.mark.parametrize(("budget", "said"), [(30_000, "over the budget of 30,000"), (30_001, "within the budget of 30,001")])
def test_a_model_over_the_budget_is_said_to_be(contents: Contents, budget: int, said: str) -> None:
    large = contents.best._replace(cost=contents.best.cost.model_copy(update={"parameters": 30_000}))
    text = render(contents._replace(results=contents.results._replace(models={"enhanced": large}, budget=budget)))
    assert f"({said})" in text


def test_every_class_of_the_best_model_has_its_row(contents: Contents, page: Page) -> None:
    for score in contents.classes:
        row = page.row(score.name, "recall")
        assert row["recall"] == f"{100 * score.recall.mean:.2f} ± {100 * score.recall.std:.2f} (n = 3)"
        assert row["most often taken for"] == score.most_confused_with


def test_the_note_stands_at_the_top_and_in_every_table_and_nowhere_when_there_is_none(contents: Contents, page: Page) -> None:
    assert ("p", {"class": "note", "role": "note"}) in page.tags
    assert all((NOTE in caption) is not caption.startswith(("Benchmark", "As their authors")) for caption in page.tables)
    bare = render(contents._replace(results=contents.results._replace(note=None), params=""))
    assert NOTE not in bare
    assert 'class="note"' not in bare


def test_a_single_seed_is_said_to_prove_nothing(contents: Contents) -> None:
    top1 = contents.best.metrics.test.top1.model_copy(update={"n": 1, "std": 0.0})
    metrics = contents.best.metrics.model_copy(update={"test": contents.best.metrics.test.model_copy(update={"top1": top1})})
    one = contents.best._replace(metrics=metrics)
    text = render(contents._replace(results=contents.results._replace(models={"enhanced": one})))
    assert "± 0.00 %" not in text
    assert "%</strong> (n = 1)" in text
    assert "one seed has no deviation" in text
    assert "one seed has" not in render(contents)


def test_nothing_comes_from_outside(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "image", "use", "video", "audio")
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("src", "data:").startswith("data:")  # type: ignore[union-attr]
        assert tag == "a" or "href" not in attributes
    assert any("default-src 'none'" in (attributes.get("content") or "") for tag, attributes in page.tags if tag == "meta")


def test_the_one_script_is_the_one_that_the_page_allows(contents: Contents) -> None:
    text = render(contents)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in text
    assert text.count("<script") == 1
    assert not re.search(r"fetch|XMLHttp|import|eval|innerHTML|http", script)


def test_the_style_sheet_fetches_nothing(contents: Contents) -> None:
    style = re.search(r"<style>(.*)</style>", render(contents), re.DOTALL)
    assert style is not None
    assert "prefers-color-scheme: dark" in style[1]
    assert not re.search(r"url\(|@import|@font-face|http", style[1])


def test_what_is_needed_without_eyes_or_mouse_is_there(page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "en"}) in page.tags
    assert ("a", {"class": "skip", "href": "#verdict"}) in page.tags
    assert "verdict" in [attributes.get("id") for _, attributes in page.tags]
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")
    assert all(attributes.get("alt") for tag, attributes in page.tags if tag == "img" and "src" in attributes)
    assert tags.count("caption") == tags.count("table") == len(page.tables)
    assert (tags.count("h1"), tags.count("main"), tags.count("title")) == (1, 1, 1)
    assert not page.open


def luminance(colour: str) -> float:
    parts = [int(part * (3 - len(colour) // 3), 16) / 255 for part in re.findall("." * (len(colour) // 3), colour)]
    return sum(
        w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for w, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_stands_out_from_its_ground(contents: Contents, scheme: int) -> None:
    """Source: WCAG 2.1, success criterion 1.4.3: at least 4.5 to 1."""
    colours = dict(re.findall(r"--([\w-]+): #(\w+);", re.findall(r":root \{(.*?)\}", render(contents), re.DOTALL)[scheme]))
    for text in ("ink", "soft", "strong"):
        for ground in ("paper", "tint", "warn") if text == "ink" else ("paper", "tint"):
            light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_what_users_wrote_is_shown_and_never_markup(contents: Contents) -> None:
    text = """<script>alert("x")</script> & {{ 7 * 7 }} 'quoted' <img src=http://example.com onerror=x>"""
    page = Page(render(hostile(contents, text)))
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert [tag for tag, _ in page.tags].count("img") == len(contents.pictures) + 1
    assert page.text.count(text) > 10 + len(page.tables)


def test_pictures_of_new_rooms_are_shown_too(contents: Contents, page: Page) -> None:
    shown = [attributes for tag, attributes in page.tags if tag == "img" and "src" in attributes]
    assert [image["alt"] for image in shown] == ["Title of best_confusion_matrix", "Title of roc"]
    assert page.text.index("Shows best_confusion_matrix & more") < page.text.index("Shows roc & more")
    assert [image["src"] for image in shown] == [picture.uri for picture in contents.pictures]
    assert page.text.rindex("Class by class") < page.text.rindex("Further figures")
    assert "Further figures" not in render(contents._replace(pictures=[]))


def test_how_to_repeat_names_code_weights_machine_and_times(page: Page) -> None:
    for told in (
        "dvc pull --allow-missing && dvc repro",
        "c0de00000000",
        "3e1947500000",
        "10c400000000",
        "python 3.11.2, torch 2.15.0",
        "Imaginary 9000",
    ):
        assert told in page.text
    assert page.row("baseline-augmented", "time")["time"] == "11 min 52 s"
    assert "note: short run" in page.text


def test_the_same_contents_give_the_same_page(contents: Contents) -> None:
    assert render(contents) == render(contents)


def test_top_5_of_few_classes_stands_nowhere(contents: Contents) -> None:
    models = {
        name: model._replace(metrics=model.metrics.model_copy(update={"test": model.metrics.test.model_copy(update={"top5": None})}))
        for name, model in contents.results.models.items()
    }
    told = contents._replace(results=contents.results._replace(models=models))
    texts = [render(told), latex.render(told, "figures"), card.render(told, told.results.models["enhanced"], "epochs: 1\n")]
    for text in texts:
        assert "top-1" in text
        assert "top-5" not in text
    part = texts[1].partition("Further scores")[2].partition(r"\end{tabular}")[0]
    assert "{lrrrrrrrr}" in part
    assert {row.count("&") + 1 for row in part.splitlines() if " & " in row} == {9}
    (header, dashes, *_) = (line for line in texts[2].partition("Over the seeds")[2].splitlines() if line.startswith("|"))
    assert header.count("|") == dashes.count("|") == 7
