"""The pages as a reader, a screen reader, a spreadsheet and an attacker meet them."""

import base64
import hashlib
import html
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from exosift.files import write_table
from exosift.findings import Exclusion
from exosift.reports import Outcome, Run, build_index, build_report
from exosift.reports.methods import methods
from exosift.reports.page import TEMPLATES
from exosift.reports.roles import cite
from exosift.reports.tables import candidate_table, safe_cell

from tests.fake_run import Made, Plan, fake_run, write_pages

PAYLOADS = (
    "<script>document.title='LIVE'</script>",
    '"><img src=x onerror="document.title=\'LIVE\'">',
    "</text></svg><svg onload=\"document.title='LIVE'\">",
    "</title></style><script>document.title='LIVE'</script>",
    "{{ 7 * 191 }}{% raw %}",
    "javascript:document.title='LIVE'",
    "=cmd|' /C calc'!A0",
)
VOID = {"meta", "link", "input", "br"}


class Reader(HTMLParser):
    """Read a page strictly: tags, attributes, headings, and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    return reader


@pytest.fixture(scope="module")
def made() -> Made:
    return fake_run()


@pytest.fixture(scope="module")
def pages(made: Made, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return write_pages(tmp_path_factory.mktemp("reports"), made)


@pytest.fixture(scope="module")
def refused() -> Made:
    return fake_run(Plan(case="pancreatic", confounded=True))


@pytest.fixture(scope="module")
def attacked(made: Made) -> Made:
    """Put a payload into every text of the run that comes from a sheet or a count matrix."""
    sheet = made.run.sheet.copy()
    for at, column in enumerate(sheet.columns):
        if column not in ("age", "fastq", "condition"):
            sheet[column] += PAYLOADS[at % len(PAYLOADS)]
    case, control = made.outcome.contrast.case + PAYLOADS[0], "healthy" + PAYLOADS[1]
    sheet["condition"] = sheet["condition"].replace(
        {made.outcome.contrast.case: case, "healthy": control}
    )
    sheet["site" + PAYLOADS[3]] = PAYLOADS[2]
    contrast = replace(
        made.outcome.contrast,
        case=case,
        control=control,
        covariates=(*made.outcome.contrast.covariates, "site" + PAYLOADS[3]),
    )
    called = list(made.outcome.candidates["mirna"][:5])
    names = {name: name + PAYLOADS[at] for at, name in enumerate(called)}
    record = dict(made.outcome.record)
    empty = {"code": "levels_determined", "facts": {"coefficients": [PAYLOADS[1]], "by": ["x"]}}
    record |= {"warnings": [{**empty, "severity": 60}], "formula": PAYLOADS[2], "case": case}
    unread = Exclusion("unreadable", {"error": PAYLOADS[3]}).to_dict()
    record["samples"] = [
        one | {"exclusion": one["exclusion"] and unread} for one in record["samples"]
    ]
    candidates = made.outcome.candidates.replace({"mirna": names})
    assessed = {**made.outcome.assessed, "mirnas": {}}
    for name, one in made.outcome.assessed["mirnas"].items():
        facts = {"evidence": PAYLOADS[0], "identifier": PAYLOADS[2]}
        caveats = [{"code": "red_cell", "facts": facts, "artefact": False}]
        assessed["mirnas"][names.get(name, name)] = {**one, "caveats": caveats}
    candidates["doubts"] = PAYLOADS[0]
    candidates["mirgenedb"] = PAYLOADS[6]
    quality = made.run.quality.copy()
    quality["reason"] = PAYLOADS[1]
    run = replace(
        made.run,
        sheet=sheet,
        quality=quality,
        counts=made.run.counts.rename(index=names),
        config={**made.run.config, "notice": PAYLOADS[0]},
    )
    table = made.outcome.table.replace({"mirna": names})
    return Made(run, Outcome(contrast, record, table, candidates, assessed))


def test_nothing_from_a_sheet_is_live(
    attacked: Made, tmp_path: Path, pages: tuple[str, str]
) -> None:
    allowed = [{name for name, _ in read(page).tags} for page in pages]
    for page, tags in zip(write_pages(tmp_path, attacked), allowed, strict=True):
        reader = read(page)
        assert "LIVE" in reader.text
        assert {name for name, _ in reader.tags} <= tags | {"details", "summary"}
        assert len(reader.all("script")) == 1
        for _, attributes in reader.tags:
            assert not [name for name in attributes if name.startswith("on")]
            address = attributes.get("href", "#")
            assert re.match(r"(https://|data:|#|[\w.-]+\.html|\.\./multiqc/)", address), address
        assert "1337" not in reader.text


def test_a_browser_runs_our_script_and_no_other(attacked: Made, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        pytest.skip("there is no Chromium on this machine")
    write_pages(tmp_path, attacked)
    options = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    seen = subprocess.run(
        [
            *(browser, *options.split(), f"--user-data-dir={tmp_path / 'profile'}"),
            *("--virtual-time-budget=3000", "--dump-dom", f"file://{tmp_path}/colorectal.html"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    title = re.search(r"<title>(.*?)</title>", seen)
    assert title
    assert title.group(1) == "colorectal: exosomal miRNA candidates"
    assert re.search(r"<output[^>]*>\d+ of \d+ shown</output>", seen)


def test_the_policy_pins_the_only_script(pages: tuple[str, str]) -> None:
    for page in pages:
        reader = read(page)
        policy = next(m["content"] for m in reader.all("meta") if "http-equiv" in m)
        script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        assert len(script) == 1
        digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
        assert f"script-src 'sha256-{digest}'" in policy
        assert page.index("Content-Security-Policy") < page.index("<style>")


def test_a_page_loads_nothing(pages: tuple[str, str]) -> None:
    for page in pages:
        reader = read(page)
        assert not [1 for _, attributes in reader.tags if "src" in attributes]
        assert {one["href"] for one in reader.all("link")} == {"data:,"}
        assert "@import" not in page
        assert "url(" not in page


def test_a_page_has_the_same_bytes_each_time_and_is_small(
    made: Made, pages: tuple[str, str], tmp_path: Path
) -> None:
    assert write_pages(tmp_path, made) == pages
    assert max(len(page.encode()) for page in pages) < 3_000_000


def test_a_page_can_be_read_aloud_and_walked_by_keyboard(pages: tuple[str, str]) -> None:
    for page in pages:
        reader = read(page)
        assert reader.all("html") == [{"lang": "en"}]
        assert len(reader.all("h1")) == 1
        levels = [int(name[1]) for name, _ in reader.tags if re.fullmatch("h[1-6]", name)]
        assert all(after - before <= 1 for before, after in pairwise(levels)), levels
        assert all(one.get("scope") in ("row", "col") for one in reader.all("th"))
        for drawing in reader.all("svg"):
            assert drawing.get("aria-hidden") == "true" or drawing.get("aria-label")
        ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        targets = [one["href"][1:] for one in reader.all("a") if one["href"].startswith("#")]
        assert set(targets) <= set(ids)


def test_the_first_screen_says_whether_to_believe_it(made: Made, pages: tuple[str, str]) -> None:
    text = read(pages[0]).text
    first = text[: text.index("In the contrast")]
    assert "SIMULATED DATA" in first
    assert "LOWERED LIMITS" in first
    assert " CANDIDATES " in first
    assert "Research use only" in first
    assert "no second cohort was asked" in first
    assert "Record 1042 is cut short." in first
    for arm in ("case", "control"):
        people, used = made.outcome.record[f"n_{arm}"], len(made.outcome.arm(arm))
        assert f"{people} {getattr(made.outcome, arm)}, {used} of 16 libraries" in first
    warnings = pages[0][pages[0].index('class="warnings"') :].split("<details>")[0]
    assert 1 <= warnings.count("<li>") <= 3


def test_without_script_all_tested_mirnas_are_there(made: Made, pages: tuple[str, str]) -> None:
    text = html.unescape(pages[0])
    assert all(f'data-key="{mirna}"' in text for mirna in made.outcome.table["mirna"])
    assert 'class="hidden"' not in pages[0]


def test_every_candidate_stands_with_its_doubts(made: Made, pages: tuple[str, str]) -> None:
    rows = made.outcome.candidates
    rows = rows[(rows["call"] != "not_significant") & (rows["doubts"] != "")]
    assert len(rows)
    text = read(pages[0]).text
    for doubts in rows["doubts"]:
        assert all(part in text for part in doubts.split(". ")[:1])


def test_every_tested_mirna_is_shown_with_ten_criteria(made: Made, pages: tuple[str, str]) -> None:
    text = pages[0]
    table = text[text.index('class="results"') : text.index('class="cards"')]
    marks = "".join(re.findall(r'<i class="criterion [a-z-]+">([^<]+)</i>', table))
    assert len(marks) == 10 * len(made.outcome.candidates)
    cards = text[text.index('class="cards"') :]
    assert cards.count('<i class="criterion') == 10 * cards.count("<article")
    assert (
        "Stability of selection</b>, not assessed: No panel was trained on these people." in cards
    )


def test_the_number_of_candidates_is_the_same_everywhere(
    made: Made, pages: tuple[str, str]
) -> None:
    """Verdict, table, cards, counters and the index count the same miRNAs."""
    page, index = (html.unescape(text) for text in pages)
    verdict = made.outcome.verdict
    n = verdict.candidates
    assert n == verdict.tiers["A"] + verdict.tiers["B"] > 0
    assert (made.outcome.candidates["call"] == "candidate").sum() == n
    assert made.outcome.candidates["tier"].isin(["A", "B"]).sum() == n
    assert (made.outcome.candidates["tier"] == "C").sum() == verdict.tiers["C"]
    assert f"<dt>Candidates</dt><dd>{n}<" in page
    assert f"<dt>Tier A</dt><dd>{verdict.tiers['A']}<small>" in page
    assert f"tier B {verdict.tiers['B']}" in page
    table = page[page.index('class="results"') : page.index('class="cards"')]
    assert table.count('<tr class="candidate">') == n
    letters = re.findall(r'<b class="tier">(.)</b>', table)
    assert {letter: letters.count(letter) for letter in "ABC"} == dict(verdict.tiers)
    cards = page[page.index('class="cards"') :]
    assert cards.count('<span class="call candidate">') == min(n, 12)
    assert f'data-name="Candidates">{n}<' in index
    assert f'data-name="Tier A">{verdict.tiers["A"]}<' in index
    key = re.search(r"candidate \((\d+)\)", page)  # of the volcano plot
    assert key
    assert int(key.group(1)) == n


def test_a_refused_contrast_shows_no_numbers_to_quote(refused: Made, tmp_path: Path) -> None:
    page, index = write_pages(tmp_path, refused)
    text = read(page).text
    assert "REFUSED: CONFOUNDED (batch)" in text
    assert "REFUSED: CONFOUNDED (batch)" in read(index).text
    assert "batch B1" in text
    assert "It takes libraries of both arms made alike" in text
    results = page[page.index("<main") : page.index('id="published"')]
    for number in ("AUC", "fold change", "Wilcoxon", "PC1", "edgeR", "data-results="):
        assert number not in results


def test_the_words_of_a_page_promise_nothing(made: Made, tmp_path: Path) -> None:
    silent = replace(made.run, roles={}, published=())
    candidates = made.outcome.candidates.assign(known_roles="", doubts="")
    for page in write_pages(tmp_path, Made(silent, replace(made.outcome, candidates=candidates))):
        text = read(page).text.lower()
        assert not re.search(r"(?<!not )validated", text)
        assert "diagnostic" not in text
        assert "clinical" not in text
        assert "biomarker" not in text


def test_published_roles_stand_apart_with_their_papers(made: Made, pages: tuple[str, str]) -> None:
    text = read(pages[0]).text
    assert "Roles reported elsewhere, not shown in this cohort." in text
    section = pages[0][pages[0].index('id="published"') : pages[0].index('id="methods"')]
    papers = section.count("https://pubmed.ncbi.nlm.nih.gov/") + section.count("https://doi.org/")
    here = [role for role in made.run.published if role.cancer == "colorectal"]
    assert papers >= len(here) > 10


def test_an_empty_theme_says_so(made: Made, tmp_path: Path) -> None:
    published = [role for role in made.run.published if role.theme != "therapy"]
    roles = {
        mirna: [role for role in found if role.theme != "therapy"]
        for mirna, found in made.run.roles.items()
    }
    run = replace(made.run, roles=roles, published=published)
    page, _ = write_pages(tmp_path, Made(run, made.outcome))
    text = read(page).text
    assert text.count("No role is listed under this theme") == 1
    build_report(run, "sarcoma", [made.outcome], tmp_path / "sarcoma.html")
    assert "no cancer called “sarcoma”" in read((tmp_path / "sarcoma.html").read_text()).text


@pytest.mark.parametrize(
    ("identifier", "address"),
    [
        ("PMID 27548915", "https://pubmed.ncbi.nlm.nih.gov/27548915/"),
        ("doi:10.1016/s0140-6736(1)2", "https://doi.org/10.1016/s0140-6736(1)2"),
        ('doi:10.1000/x"onerror', "https://doi.org/10.1000/x%22onerror"),
        ("javascript:alert(1)", ""),
        ("https://example.org/PMID 1", ""),
    ],
)
def test_only_known_identifiers_become_links(identifier: str, address: str) -> None:
    assert cite(identifier).address == address


def decoded(address: str) -> str:
    return base64.b64decode(address.partition("base64,")[2]).decode()


def test_the_saved_tables(made: Made, attacked: Made, tmp_path: Path) -> None:
    table = candidate_table(made.outcome, made.run.rules)
    write_table(made.outcome.candidates, tmp_path / "exact.tsv")
    assert decoded(table.tsv) == (tmp_path / "exact.tsv").read_text()
    spreadsheet = candidate_table(attacked.outcome, attacked.run.rules).csv
    (tmp_path / "safe.csv").write_text(decoded(spreadsheet), newline="")
    cells = pd.read_csv(tmp_path / "safe.csv", dtype=str, keep_default_na=False)
    assert (cells["mirgenedb"] == "'" + PAYLOADS[6]).all()
    texts = cells[["mirna", "call", "mirgenedb", "doubts", "flags"]]
    assert not texts.map(lambda cell: cell.startswith(("=", "+", "-", "@", "\t"))).any(axis=None)
    assert cells["log2fc"].str.startswith("-").any()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_texts_that_a_spreadsheet_would_run_are_quoted(text: str) -> None:
    assert safe_cell(text) == "'" + text


def test_a_small_cohort_makes_no_call(tmp_path: Path) -> None:
    made = fake_run(Plan(per_arm=7, shallow=0))
    page, index = write_pages(tmp_path, made)
    text = read(page).text
    assert "EXPLORATORY" in text
    assert "too few people" in text
    assert "Best single marker" not in text
    assert "EXPLORATORY" in read(index).text


def test_a_cohort_from_counts_and_one_without_usable_libraries(tmp_path: Path) -> None:
    page, _ = write_pages(tmp_path, fake_run(Plan(from_counts=True)))
    text = read(page).text
    assert "The run started from a table of miRNA counts" in text
    assert "aligned with bowtie" not in text
    assert "SIMULATED DATA" not in text
    page, _ = write_pages(tmp_path, fake_run(Plan(per_arm=6, shallow=12)))
    assert "NOT ASSESSABLE: no usable library" in read(page).text


def test_the_front_page_without_contrasts(made: Made, tmp_path: Path) -> None:
    build_index(made.run, [], tmp_path / "index.html")
    text = read((tmp_path / "index.html").read_text()).text
    assert "the run ends at counts and quality" in text
    assert "Record 1042 is cut short." in text


def test_several_contrasts_share_a_page(made: Made, tmp_path: Path) -> None:
    second = replace(made.outcome, contrast=replace(made.outcome.contrast, name="methods"))
    build_report(made.run, "colorectal", [made.outcome, second], tmp_path / "page.html")
    reader = read((tmp_path / "page.html").read_text())
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"contrast-colorectal_vs_healthy", "contrast-methods", "methods"} <= set(ids)
    build_index(made.run, [made.outcome, second], tmp_path / "index.html")
    assert "Candidates across the contrasts" in read((tmp_path / "index.html").read_text()).text


def test_templates_hold_no_unescaped_text() -> None:
    for template in sorted(TEMPLATES.rglob("*.j2")):
        text = template.read_text()
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape false" not in text


def test_the_run_is_told(made: Made, pages: tuple[str, str]) -> None:
    text = read(pages[0]).text
    assert isinstance(made.run, Run)
    assert "bowtie 1.3.1" in text
    assert made.outcome.record["formula"] in text
    assert "quality.mirna_reads.fail_below 3000" in text


def test_mirnas_that_are_fragments_of_another_rna_are_named(made: Made) -> None:
    def counting(run: Run) -> str:
        return next(one.text for one in methods(run, [made.outcome]) if one.title == "Counting")

    assert "Of no miRNA more than 50% of the reads fit" in counting(made.run)
    found = ("hsa-miR-1246", "hsa-miR-4454")
    assert "Not tested: hsa-miR-1246 and hsa-miR-4454." in counting(
        replace(made.run, fragments=found)
    )
    many = tuple(f"hsa-miR-{number}" for number in range(40))
    assert "hsa-miR-29 and 10 more." in counting(replace(made.run, fragments=many))
