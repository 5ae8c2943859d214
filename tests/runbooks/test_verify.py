"""runbooks.verify: a stale runbook is found before it is needed."""

from runbooks.parse import find_runbooks, load_runbook
from runbooks.verify import verify_runbook

BOOK = load_runbook("restore-deleted-lake-objects")
OUTPUTS = {"lake_bucket": "b", "lake_key_arn": "k"}


def problems(book=BOOK, outputs=OUTPUTS):
    return " | ".join(stale.problem for stale in verify_runbook(book, outputs))


def changed(step_id, **fields):
    return BOOK.model_copy(update={"steps": tuple(step.model_copy(update=fields) if step.id == step_id else step for step in BOOK.steps)})


def test_the_library_is_fresh_against_our_own_stack(recorded):
    for environment in ("dev", "staging", "prod"):
        for path in find_runbooks():
            assert verify_runbook(load_runbook(path.stem), recorded(environment).outputs) == ()


def test_an_output_that_the_stack_no_longer_has_is_found_with_its_line():
    stale = verify_runbook(BOOK, {"lake_key_arn": "k"})
    assert {s.step for s in stale} >= {"bucket", "canaries", "restore"}
    assert all(s.line > 1 and "lake_bucket" in s.problem for s in stale)


def test_an_unknown_action_names_the_known_ones():
    assert "s3.find_deleted" in problems(changed("find", action="s3.find"))


def test_wrong_and_missing_inputs_are_found():
    found = problems(changed("accident", inputs={"buckett": "b", "prefix": "p"}))
    assert "takes no input 'buckett'" in found
    assert "wants the input 'bucket'" in found


def test_a_reference_to_a_later_step_or_a_missing_output_is_found():
    assert "no earlier step" in problems(changed("accident", inputs={"bucket": "${steps.restore.restored}", "prefix": "p"}))
    assert "has no output" in problems(changed("restore", inputs={"bucket": "b", "markers": "${steps.find.nothing}"}))


def test_a_book_without_a_fault_or_a_verification_is_no_drill():
    book = BOOK.model_copy(update={"steps": BOOK.steps[:3]})
    assert "no step of phase verify" in problems(book)
    assert "no step of phase fault" in problems(book)
