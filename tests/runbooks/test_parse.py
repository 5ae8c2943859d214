"""runbooks.parse: what a page must be, told with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.errors import InputError
from runbooks.parse import find_runbooks, load_runbook, parse_runbook

FRONT = "---\nname: n\ntitle: t\nscenario: s\nowner: o\nobjectives: {rto: PT1M, rpo: PT0S}\n---\n"
STEP = "\n# H\n\n```yaml step\nid: a\nphase: detect\naction: s3.count_objects\n```\n"


def write(tmp_path, text):
    path = tmp_path / "book.md"
    path.write_text(text)
    return path


def test_every_page_of_the_library_is_a_runbook_named_after_its_file():
    assert find_runbooks()
    for path in find_runbooks():
        assert load_runbook(path.stem).name == path.stem


def test_a_step_knows_its_line_and_heading(tmp_path):
    step = parse_runbook(write(tmp_path, FRONT + STEP)).steps[0]
    assert (step.id, step.line, step.heading) == ("a", 11, "H")


def test_a_block_that_is_not_marked_is_prose(tmp_path):
    text = FRONT + STEP + "\n```yaml\nid: not_a_step\n```\n"
    assert [step.id for step in parse_runbook(write(tmp_path, text)).steps] == ["a"]


@pytest.mark.parametrize(
    ("text", "problem", "where"),
    [
        ("# no front matter\n", "no front matter", "line 1"),
        (FRONT, "no step", "book.md"),
        (FRONT.replace("rto: PT1M, ", "") + STEP, "rto", "front matter"),
        (FRONT + STEP + STEP, "same id", "line 19"),
        (FRONT + STEP.replace("phase: detect", "phase: panic"), "phase", "line 11"),
        (FRONT + STEP.replace("id: a\n", "id: a\nretries: 3\n"), "retries", "line 11"),
        (FRONT + STEP.replace("id: a", "id: [a"), "not YAML", "line 1"),
        (FRONT + STEP.replace("id: a\nphase: detect\naction: s3.count_objects", "- a"), "no mapping", "line 12"),
        ("---\n- a\n---\n" + STEP, "no mapping", "line 2"),
    ],
)
def test_a_page_that_is_no_runbook_is_told_with_its_place(tmp_path, text, problem, where):
    with pytest.raises(InputError, match=problem) as refused:
        parse_runbook(write(tmp_path, text))
    assert where in str(refused.value)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match="restore-deleted-lake-objects"):
        load_runbook("restore-everything")


@given(st.text(max_size=300))
def test_any_text_is_a_runbook_or_a_clear_refusal(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("pages") / "page.md"
    path.write_bytes((FRONT + text).encode("utf-8", "replace"))
    try:
        parse_runbook(path)
    except InputError as refused:
        assert refused.where
