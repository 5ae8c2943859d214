"""`python -m workloads.training`: a training container's process. SIGTERM ends it with a checkpoint and exit code 143."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from plinth.errors import PlinthError
from workloads.training.settings import BASE_DIRECTORY, TrainingArgs, args_from_container
from workloads.training.trainer import train

EXIT_INTERRUPTED = 128 + signal.SIGTERM
"""143: not 0, which SageMaker and Kubernetes read as done, and the code that a process killed by SIGTERM shows anyway."""

MAX_FAILURE_LENGTH = 1024
"""Characters of the failure file that DescribeTrainingJob shows. Source: SageMaker Developer Guide, "How Amazon SageMaker AI Processes Training Output"."""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    result = argparse.ArgumentParser(
        prog="python -m workloads.training",
        description="Train the digits model in SageMaker's container layout. Exit codes: 0 done, 143 stopped by SIGTERM with a checkpoint, 3 bad input.",
    )
    result.add_argument("command", nargs="?", choices=["train"], default="train", help="SageMaker starts a training image with this word")
    result.add_argument("--base-dir", type=Path, default=BASE_DIRECTORY, help="where input/, model/, checkpoints/ and output/ lie (default: %(default)s)")
    return result


def main() -> int:
    """Run to the end or to SIGTERM, and give the exit code. A failure is also written to output/failure, as SageMaker asks."""
    options = parser().parse_args()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.set())
    args: TrainingArgs | None = None
    try:
        args = args_from_container(options.base_dir, os.environ)
        result = train(args, stop=stopping.is_set, say=_say)
    except PlinthError as error:
        sys.stderr.write(f"error: {error}\n")
        _write_failure(args.output_directory if args else options.base_dir / "output", str(error))
        return error.exit_code
    if result.interrupted:
        _say(f"stopped by SIGTERM at step {result.steps}; start again to resume")
        return EXIT_INTERRUPTED
    _say(f"done steps={result.steps} accuracy={result.accuracy:.4f} seconds={result.seconds:.2f} model={result.model_path}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _write_failure(directory: Path, text: str) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "failure").write_text(text[:MAX_FAILURE_LENGTH], encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"the failure file can't be written: {directory / 'failure'}: {error.strerror}\n")


if __name__ == "__main__":
    sys.exit(main())
