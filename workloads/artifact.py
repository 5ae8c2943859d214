"""Arrays on disk as a pair: NAME.npz and NAME.json, whose sha256 covers both. No pickle, written whole, refused when damaged.

The sha256 finds damage, not malice: whoever can write the directory can write a matching digest.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from plinth.errors import InputError
from plinth.files import read_text

FORMAT = 1
MAX_BYTES = 512 * 1024 * 1024
MAX_MANIFEST_BYTES = 1024 * 1024


class Manifest(BaseModel):
    """NAME.json: what the arrays are. `sha256` is over the npz's digest, the format and the facts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    facts: Mapping[str, JsonValue]
    npz_sha256: str
    sha256: str


class Artifact(BaseModel):
    """A pair that was read and verified."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    arrays: Mapping[str, NDArray[Any]]
    facts: Mapping[str, JsonValue]
    sha256: str


def write_artifact(directory: Path, name: str, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, JsonValue]) -> str:
    """Write the pair and return its sha256. The json comes last: a pair without it was never finished. Raises InputError where unwritable."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(arrays))
    npz_sha256 = hashlib.sha256(buffer.getvalue()).hexdigest()
    digest = _digest(FORMAT, facts, npz_sha256)
    manifest = {"format": FORMAT, "facts": facts, "npz_sha256": npz_sha256, "sha256": digest}
    _write_durably(directory / f"{name}.npz", buffer.getvalue())
    _write_durably(directory / f"{name}.json", json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())
    return digest


def read_artifact(directory: Path, name: str) -> Artifact:
    """The pair, verified. Raises InputError where either file is missing, too large, damaged or not what the other says."""
    manifest = _read_manifest(directory / f"{name}.json")
    path = directory / f"{name}.npz"
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _refusal("the arrays are too large", path, f"{size:,} bytes; the limit is {MAX_BYTES:,}")
        content = path.read_bytes()
    except OSError as error:
        raise _refusal("the arrays can't be read", path, error.strerror) from error
    found = hashlib.sha256(content).hexdigest()
    if found != manifest.npz_sha256:
        raise _refusal("the arrays are not the ones that were written", path, f"sha256 {found}, the json says {manifest.npz_sha256}")
    return Artifact(arrays=_arrays(path, content), facts=manifest.facts, sha256=manifest.sha256)


def _read_manifest(path: Path) -> Manifest:
    text = read_text(path, limit=MAX_MANIFEST_BYTES)
    try:
        manifest = Manifest.model_validate_json(text)
        expected = _digest(manifest.format, manifest.facts, manifest.npz_sha256)
    except (ValidationError, ValueError) as error:
        raise _refusal("the json is damaged or not of this format", path, text[:80]) from error
    if manifest.sha256 != expected:
        raise _refusal("the json is damaged", path, f"sha256 {manifest.sha256}, its content gives {expected}")
    if manifest.format != FORMAT:
        raise InputError("the artifact has a format that this version can't read", where=path, value=manifest.format, fix=f"use format {FORMAT}")
    return manifest


def _arrays(path: Path, content: bytes) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_BYTES:
            raise _refusal("the arrays unpack to too much", path, f"{unpacked:,} bytes; the limit is {MAX_BYTES:,}")
        with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
            return {name: loaded[name] for name in loaded.files}
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise _refusal("the arrays can't be read", path, str(error)) from error


def _digest(format_: int, facts: Mapping[str, JsonValue], npz_sha256: str) -> str:
    covered = json.dumps([format_, facts, npz_sha256], sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(covered.encode()).hexdigest()


def _write_durably(path: Path, content: bytes) -> None:
    # plinth.files.write_atomically has no fsync; a spot machine loses its power, not only its process.
    temporary = path.with_name(f".{path.name}.writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise InputError("the artifact can't be written", where=path, value=error.strerror, fix="give a directory that the process may write to") from error


def _refusal(what: str, path: Path, value: object) -> InputError:
    return InputError(what, where=path, value=value, fix="delete it, or copy it again from where it was written")
